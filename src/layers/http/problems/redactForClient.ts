import { thrownPrefix } from "#layers/processors/failureReason.ts"

const maxPublicReasonLength = 500

const addressPlaceholder = "a server"

/** Forms of an address: with a scheme, an IPv4 or IPv6 address, a name with a port, a name that failed to resolve. */
const addressPatterns: ReadonlyArray<readonly [RegExp, string]> = [
  [/\b[a-z][a-z\d+.-]*:\/\/[^\s,;)]+/giu, addressPlaceholder],
  [/\[[\da-f.]*:[\da-f:.]+\](?::\d{1,5})?/giu, addressPlaceholder],
  [/(?<![\w:.])[\da-f:]*::[\da-f:.]*/giu, addressPlaceholder],
  [/\b\d{1,3}(?:\.\d{1,3}){3}(?::\d{1,5})?\b/gu, addressPlaceholder],
  [/\b(ENOTFOUND|EAI_AGAIN) \S+/gu, `$1 ${addressPlaceholder}`],
  [/\b[a-z][\w-]*(?:\.[\w-]+)*:\d{2,5}\b/giu, addressPlaceholder]
]

/** JSON.parse quotes its input. A line of a schema error such as `at ["room"]["id"]` quotes only field names. */
const withoutQuotes = (line: string): string => (/^\s*at \[/u.test(line) ? line : line.replace(/".*"/gu, "…"))

/**
 * A reason as clients may see it: without addresses of servers, data of events or rows, and messages of errors that a
 * board's code threw. The app's log has all of it.
 */
export const redactForClient = (reason: string): string => {
  const [ownText = "", thrownText] = reason.split(`${thrownPrefix}: `)
  const redacted = thrownText === undefined ? ownText : `${ownText}${thrownPrefix}, which is in the app's log`
  const lines = redacted.split("\n").map(withoutQuotes).join("\n")
  return addressPatterns
    .reduce((text, [address, replacement]) => text.replace(address, replacement), lines)
    .slice(0, maxPublicReasonLength)
}
