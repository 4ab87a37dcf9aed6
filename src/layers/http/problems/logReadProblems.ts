import { Schema } from "effect"

/** What can go wrong with expensive reads of the log, and with listening to it. */
export const logReadProblems = {
  TooMuchToFold: {
    status: 422,
    description:
      "What is asked for is folded from more of the log than is allowed. Ask for less, or for an earlier position.",
    fields: { what: Schema.Literals(["facts", "rows"]), most: Schema.Int }
  },
  TooBusy: {
    status: 503,
    description:
      "As many expensive reads as this process does beside its commands run and wait already. Try again after the pause, or ask for less: a page, a narrower key, a single row.",
    headers: { "retry-after": "2" }
  },
  ScanTooLong: {
    status: 503,
    description:
      "It was not read in the time that one answer may take. Ask for less: fewer rows, an earlier position, a page; or for rows as of a position with `Accept: text/event-stream`, which may take a minute.",
    fields: { seconds: Schema.Int },
    headers: { "retry-after": "5" }
  },
  StillCounting: {
    status: 503,
    description: "What stands in the log is being counted for the first time; `done` of `of` messages are.",
    fields: { done: Schema.Int, of: Schema.Int },
    headers: { "retry-after": "1" }
  },
  TooManyListeners: {
    status: 503,
    description: "As many as can be served listen already. Try again when somebody has left.",
    fields: { most: Schema.Int },
    headers: { "retry-after": "5" }
  },
  TooManyListenersOfAddress: {
    status: 429,
    description:
      "As many as one address may have listen from yours already. Close some, share one stream, or ask the operator to raise LISTENERS_PER_ADDRESS.",
    fields: { most: Schema.Int },
    headers: { "retry-after": "5" }
  }
} as const
