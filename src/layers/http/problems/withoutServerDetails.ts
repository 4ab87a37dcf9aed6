import { threw } from "#layers/processors/thrownError.ts"

const mostCharacters = 500

const somewhere = "a server"

/** How an address may be spelled: with a scheme, as an IPv4 or IPv6 address, as a name with a port, as a name looked up. */
const addresses: ReadonlyArray<readonly [RegExp, string]> = [
  [/\b[a-z][a-z\d+.-]*:\/\/[^\s,;)]+/giu, somewhere],
  [/\[[\da-f.]*:[\da-f:.]+\](?::\d{1,5})?/giu, somewhere],
  [/(?<![\w:.])[\da-f:]*::[\da-f:.]*/giu, somewhere],
  [/\b\d{1,3}(?:\.\d{1,3}){3}(?::\d{1,5})?\b/gu, somewhere],
  [/\b(ENOTFOUND|EAI_AGAIN) \S+/gu, `$1 ${somewhere}`],
  [/\b[a-z][\w-]*(?:\.[\w-]+)*:\d{2,5}\b/giu, somewhere]
]

/** JSON.parse quotes what it was given. Where a schema names a field, `at ["room"]["id"]`, it quotes no more than that. */
const withoutQuotes = (line: string): string => (/^\s*at \[/u.test(line) ? line : line.replace(/".*"/gu, "…"))

/**
 * A reason as callers are told it: without addresses of servers, without what an event or a row says, without the words of
 * an error that a board's code threw. All of it is in the app's log.
 */
export const forCallers = (reason: string): string => {
  const [own = "", words] = reason.split(`${threw}: `)
  const told = words === undefined ? own : `${own}${threw}, which the app's log tells`
  const lines = told.split("\n").map(withoutQuotes).join("\n")
  return addresses.reduce((text, [address, instead]) => text.replace(address, instead), lines).slice(0, mostCharacters)
}
