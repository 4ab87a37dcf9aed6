import { type Event, Name } from "#domain/grammar/index.ts"
import { Schema } from "effect"

/** One way in which a request can go wrong, in the words of RFC 9457. `code` never changes. */
export interface Kind {
  readonly code: string
  readonly status: number
  readonly description: string
  /** What such a problem says besides. */
  readonly fields?: Schema.Struct.Fields
  readonly headers?: Readonly<Record<string, string>>
}

/** One thing that is wrong with a request: where, as `data.room.id`, and what was expected there. */
export const Wrong = Schema.Struct({ path: Schema.String, message: Schema.String }).annotate({ identifier: "Wrong" })
export type Wrong = typeof Wrong.Type

/** A JSON request is `application/json`, or a CloudEvent in structured mode. */
export const mediaTypes = { json: "application/json", cloudEvent: "application/cloudevents+json" } as const

/** Bytes that the body of a request may have. */
export const mostBytes = 64 * 1024

const soon = { "retry-after": "1" }

const kinds = <Code extends string>(table: Record<Code, Omit<Kind, "code">>) =>
  Object.fromEntries(Object.entries<Omit<Kind, "code">>(table).map(([code, kind]) => [code, { code, ...kind }])) as {
    readonly [C in Code]: Kind
  }

/** Everything that can go wrong besides the refusals of the board's commands. */
export const problems = kinds({
  InvalidRequest: {
    status: 400,
    description: "The request is not what is taken here; `errors` names everything that is wrong with it.",
    fields: { errors: Schema.Array(Wrong) }
  },
  RouteNotFound: { status: 404, description: "There is nothing at this path." },
  MethodNotAllowed: {
    status: 405,
    description: "This path is there for other methods; `allow` names them.",
    headers: { allow: "OPTIONS" }
  },
  BodyTooLarge: { status: 413, description: `A body has at most ${mostBytes / 1024} KiB.` },
  UnsupportedMediaType: {
    status: 415,
    description: `Send ${mediaTypes.json} or ${mediaTypes.cloudEvent}, in UTF-8 and not compressed.`,
    headers: { accept: `${mediaTypes.json}, ${mediaTypes.cloudEvent}` }
  },
  CommandIdReused: {
    status: 422,
    description: "The command id was used before, for another command or another input. Take a fresh one for each.",
    fields: { commandId: Schema.String }
  },
  InternalError: { status: 500, description: "Something is broken here. It was written to the log of the server." },
  LogUnavailable: {
    status: 503,
    description: "The log is not reachable. Try again with the same command id: nothing is done twice.",
    headers: soon
  },
  FactUnreadable: {
    status: 503,
    description:
      "A message in that place cannot be read by this version, so nothing can be decided about it. Nothing was written. " +
      "`position` says which; an operator can void it.",
    fields: { position: Schema.Int },
    headers: { "retry-after": "60" }
  },
  NotParked: {
    status: 404,
    description: "Nothing is parked under this id; somebody may have retried it before.",
    fields: { id: Schema.String }
  },
  StillStuck: {
    status: 409,
    description: "It still cannot be taken; `reason` says why.",
    fields: { id: Schema.String, reason: Schema.String }
  },
  StoreUnavailable: { status: 503, description: "The read models are not reachable. Try again.", headers: soon },
  PositionReadable: {
    status: 409,
    description: "The board can read what stands at this position, so it cannot be voided.",
    fields: { position: Schema.Int }
  },
  NoSuchPosition: { status: 404, description: "The log has nothing at this position." },
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
    headers: soon
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
  },
  LogFull: {
    status: 503,
    description: "The log is full. Nothing was written; somebody has to raise its limit.",
    headers: { "retry-after": "60" }
  },
  Contended: {
    status: 503,
    description: "Too many are changing the same thing at once. Nothing was written; try again in a moment.",
    headers: soon
  },
  ViewRebuilding: {
    status: 503,
    description:
      "The view is being built from the log, at a start or after its rows were lost: it has come to `position` of `target` (null: not known yet). Another instance may have it already.",
    fields: { view: Schema.String, position: Schema.Int, target: Schema.NullOr(Schema.Int) },
    headers: soon
  },
  ViewBehind: {
    status: 503,
    description: "The view does not know the position `after` yet; `lag` is how many facts it has to take before.",
    fields: { view: Schema.String, after: Schema.Int, position: Schema.Int, lag: Schema.Int },
    headers: soon
  }
})

/** A stable reference for each code; it opens the description of that problem in the API's documentation. */
export const typeOf = (code: string): string => `/docs#model/${code.toLowerCase()}`

/** What every problem says. A refusal has other words for its own. */
const reserved = new Set(["type", "title", "status", "code", "detail", "correlationId", "errors", "instance"])

/** How a refusal of a command is answered: its own fields stand beside those of every problem. */
export const refused = (refusal: Event.Any): Kind => {
  const { _tag, ...fields } = refusal.fields
  const taken = Object.keys(fields).find((name) => reserved.has(name))
  if (taken !== undefined) {
    throw new Error(`The refusal ${refusal.identifier} has a field "${taken}", a word of problem details. Rename it.`)
  }
  return {
    code: refusal.identifier,
    status: 409,
    description: (refusal.ast.annotations?.["description"] as string | undefined) ?? Name.words(refusal.identifier),
    fields
  }
}
