import type { RowsLacking } from "../../../src/layers/contract/operationsSchema.ts"
import { plural } from "./format.ts"

/** The number of dead-lettered events that may belong to rows with these key fields, given as text. */
export const missingEventCount = (
  deadLetters: ReadonlyArray<RowsLacking>,
  words: Readonly<Record<string, string>> = {}
): number =>
  deadLetters
    .filter(({ key }) => Object.entries(words).every(([name, text]) => key[name] === undefined || key[name] === text))
    .reduce((sum, { count }) => sum + count, 0)

export const missingEventsText = (events: number, what: string): string =>
  `${plural(events, "event")} not processed: ${what} may be missing.`
