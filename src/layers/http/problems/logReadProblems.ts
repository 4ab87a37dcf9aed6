import { Schema } from "effect"

/** Problems of expensive reads of the log, and of listening to it. */
export const logReadProblems = {
  TooMuchToFold: {
    status: 422,
    description:
      "The result would be folded from more events or rows than is allowed. Ask for less, or for an earlier position.",
    fields: { what: Schema.Literals(["facts", "rows"]), most: Schema.Int }
  },
  TooBusy: {
    status: 503,
    description:
      "The limit of running and waiting expensive reads is reached; it keeps this process free for commands. Try again after the pause, or ask for less: a page, a narrower key, a single row.",
    headers: { "retry-after": "2" }
  },
  ScanTooLong: {
    status: 503,
    description:
      "The read exceeded the time limit of one response. Ask for less: fewer rows, an earlier position, a page; or for rows as of a position with `Accept: text/event-stream`, which may take a minute.",
    fields: { seconds: Schema.Int },
    headers: { "retry-after": "5" }
  },
  StillCounting: {
    status: 503,
    description: "The events of the log are being counted for the first time; `done` of `of` messages are counted.",
    fields: { done: Schema.Int, of: Schema.Int },
    headers: { "retry-after": "1" }
  },
  TooManyListeners: {
    status: 503,
    description: "The limit of concurrent listeners is reached. Try again when one has disconnected.",
    fields: { most: Schema.Int },
    headers: { "retry-after": "5" }
  },
  TooManyListenersOfAddress: {
    status: 429,
    description:
      "The limit of concurrent listeners from your address is reached. Close some, share one stream, or ask the operator to raise LISTENERS_PER_ADDRESS.",
    fields: { most: Schema.Int },
    headers: { "retry-after": "5" }
  }
} as const
