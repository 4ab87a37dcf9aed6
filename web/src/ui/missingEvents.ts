import type { RowsLacking } from "../../../src/layers/contract/operationsSchema.ts"
import { plural } from "./format.ts"

/** How many events were set aside that may concern a row with these words in its key, given as text. */
export const missingEventCount = (
  deadLetters: ReadonlyArray<RowsLacking>,
  words: Readonly<Record<string, string>> = {}
): number =>
  deadLetters
    .filter(({ key }) => Object.entries(words).every(([name, text]) => key[name] === undefined || key[name] === text))
    .reduce((sum, { count }) => sum + count, 0)

export const missingEventsText = (events: number, what: string): string =>
  `${plural(events, "event")} set aside: ${what} may be missing.`
