import { thrownPrefix } from "#layers/processors/failureReason.ts"

const maxPublicReasonLength = 500

const addressPlaceholder = "a server"

/** How an address may be spelled: with a scheme, as an IPv4 or IPv6 address, as a name with a port, as a name looked up. */
const addressPatterns: ReadonlyArray<readonly [RegExp, string]> = [
  [/\b[a-z][a-z\d+.-]*:\/\/[^\s,;)]+/giu, addressPlaceholder],
  [/\[[\da-f.]*:[\da-f:.]+\](?::\d{1,5})?/giu, addressPlaceholder],
  [/(?<![\w:.])[\da-f:]*::[\da-f:.]*/giu, addressPlaceholder],
  [/\b\d{1,3}(?:\.\d{1,3}){3}(?::\d{1,5})?\b/gu, addressPlaceholder],
  [/\b(ENOTFOUND|EAI_AGAIN) \S+/gu, `$1 ${addressPlaceholder}`],
  [/\b[a-z][\w-]*(?:\.[\w-]+)*:\d{2,5}\b/giu, addressPlaceholder]
]

/** JSON.parse quotes what it was given. Where a schema names a field, `at ["room"]["id"]`, it quotes no more than that. */
const withoutQuotes = (line: string): string => (/^\s*at \[/u.test(line) ? line : line.replace(/".*"/gu, "…"))

/**
 * A reason as callers are told it: without addresses of servers, without what an event or a row says, without the words of
 * an error that a board's code threw. All of it is in the app's log.
 */
export const redactForClient = (reason: string): string => {
  const [ownText = "", thrownText] = reason.split(`${thrownPrefix}: `)
  const redacted = thrownText === undefined ? ownText : `${ownText}${thrownPrefix}, which the app's log tells`
  const lines = redacted.split("\n").map(withoutQuotes).join("\n")
  return addressPatterns
    .reduce((text, [address, replacement]) => text.replace(address, replacement), lines)
    .slice(0, maxPublicReasonLength)
}
