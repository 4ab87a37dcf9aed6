import { Schema } from "effect"
import { type Event, Name } from "#domain/model/index.ts"
import { logReadProblems } from "./logReadProblems.ts"

/** One way in which a request can go wrong, in the words of RFC 9457. `code` never changes. */
export interface ProblemType {
  readonly code: string
  readonly status: number
  readonly description: string
  /** What such a problem says besides. */
  readonly fields?: Schema.Struct.Fields
  readonly headers?: Readonly<Record<string, string>>
}

/** One thing that is wrong with a request: where, as `data.room.id`, and what was expected there. */
export const FieldError = Schema.Struct({ path: Schema.String, message: Schema.String }).annotate({
  identifier: "Wrong"
})
export type FieldError = typeof FieldError.Type

/** A JSON request is `application/json`, or a CloudEvent in structured mode. */
export const mediaTypes = { json: "application/json", cloudEvent: "application/cloudevents+json" } as const

/** Bytes that the body of a request may have. */
export const maxBodyBytes = 64 * 1024

const retryInOneSecond = { "retry-after": "1" }

const withCodes = <Code extends string>(table: Record<Code, Omit<ProblemType, "code">>) =>
  Object.fromEntries(
    Object.entries<Omit<ProblemType, "code">>(table).map(([code, problemType]) => [code, { code, ...problemType }])
  ) as {
    readonly [C in Code]: ProblemType
  }

/** Everything that can go wrong besides the refusals of the board's commands. */
export const problems = withCodes({
  ...logReadProblems,
  InvalidRequest: {
    status: 400,
    description: "The request is not what is taken here; `errors` names everything that is wrong with it.",
    fields: { errors: Schema.Array(FieldError) }
  },
  CrossSiteRequest: {
    status: 403,
    description:
      "A page of another site sent this request; only pages of this server may. A program sends no Origin and no Sec-Fetch-Site header."
  },
  HostNotAllowed: {
    status: 421,
    description:
      "The server does not answer to that host name. It answers to loopback, to the HOST it listens on, and to what ALLOWED_HOSTS names.",
    fields: { host: Schema.String }
  },
  NotAcceptable: {
    status: 406,
    description: "None of the media types that `accept` asks for is answered here; `available` names those that are.",
    fields: { available: Schema.Array(Schema.String) }
  },
  PreconditionFailed: {
    status: 412,
    description: "What is here is not in the state that `if-match` names. Nothing was done."
  },
  RouteNotFound: { status: 404, description: "There is nothing at this path." },
  MethodNotAllowed: {
    status: 405,
    description: "This path is there for other methods; `allow` names them.",
    headers: { allow: "OPTIONS" }
  },
  BodyTooLarge: { status: 413, description: `A body has at most ${maxBodyBytes / 1024} KiB.` },
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
  TooManyEvents: {
    status: 422,
    description:
      "The command emits more events than can be stored together. Nothing was written, and a repetition is refused too: " +
      "ask for less at a time.",
    fields: { count: Schema.Int, max: Schema.Int }
  },
  MessageTooLarge: {
    status: 422,
    description:
      "An event of the command, or its rejection, is larger than can be stored. Nothing was written, and a repetition is " +
      "refused too: ask with less data.",
    fields: { bytes: Schema.Int, max: Schema.Int }
  },
  InvalidDecision: {
    status: 500,
    description:
      "The board is wrong: the command's rule returned an event of another event stream than the command guards, or " +
      "something that the command does not declare. Nothing was written, and a repetition fails too. It was written to " +
      "the log of the server."
  },
  WriteRejected: {
    status: 500,
    description:
      "The NATS server refused the write for a reason that does not pass by itself, so a repetition fails too. Nothing " +
      "was written. It was written to the log of the server."
  },
  TooManyRefusals: {
    status: 429,
    description:
      "Too many commands of this caller, or on this event stream, were refused lately, and so would this one be. Nothing was written.",
    fields: { of: Schema.Literals(["caller", "event stream"]) },
    headers: { "retry-after": "1" }
  },
  InternalError: { status: 500, description: "Something is broken here. It was written to the log of the server." },
  LogUnavailable: {
    status: 503,
    description: "The log is not reachable. Try again with the same command id: nothing is done twice.",
    headers: retryInOneSecond
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
    description: "Nothing is parked under this id; somebody may have retried or dismissed it before.",
    fields: { id: Schema.String }
  },
  WaitsBehind: {
    status: 409,
    description: "It waits behind an earlier dead letter of its event stream, `first`: retry or dismiss that first.",
    fields: { id: Schema.String, first: Schema.String }
  },
  StillStuck: {
    status: 409,
    description: "It still cannot be taken; `reason` says why.",
    fields: { id: Schema.String, reason: Schema.String }
  },
  StoreUnavailable: {
    status: 503,
    description: "The read models are not reachable. Try again.",
    headers: retryInOneSecond
  },
  PositionReadable: {
    status: 409,
    description: "The board can read what stands at this position, so it cannot be voided.",
    fields: { position: Schema.Int }
  },
  NoSuchPosition: { status: 404, description: "The log has nothing at this position." },
  LogDamaged: {
    status: 503,
    description:
      "The log lacks events that it had, so that nothing can be decided on it. Nothing was written; an operator has to restore or rebuild it. `/health/ready` says what is wrong.",
    headers: { "retry-after": "60" }
  },
  LogFull: {
    status: 503,
    description: "The log is full. Nothing was written; somebody has to raise its limit.",
    headers: { "retry-after": "60" }
  },
  Contended: {
    status: 503,
    description: "Too many are changing the same thing at once. Nothing was written; try again in a moment.",
    headers: retryInOneSecond
  },
  ViewRebuilding: {
    status: 503,
    description:
      "The view is being built from the log, at a start or after its rows were lost: it has come to `position` of `target` (null: not known yet). Another instance may have it already.",
    fields: { view: Schema.String, position: Schema.Int, target: Schema.NullOr(Schema.Int) },
    headers: retryInOneSecond
  },
  ViewBehind: {
    status: 503,
    description: "The view does not know the position `after` yet; `lag` is how many facts it has to take before.",
    fields: { view: Schema.String, after: Schema.Int, position: Schema.Int, lag: Schema.Int },
    headers: retryInOneSecond
  }
})

/** A stable reference for each code; it opens the description of that problem in the API's documentation. */
export const typeUriOf = (code: string): string => `/docs#model/${code.toLowerCase()}`

/** What every problem says. A refusal has other words for its own. */
const reservedFields = new Set(["type", "title", "status", "code", "detail", "correlationId", "errors", "instance"])

/** How a refusal of a command is answered: its own fields stand beside those of every problem. */
export const rejectionProblem = (rejection: Event.Any): ProblemType => {
  const { _tag, ...fields } = rejection.fields
  const conflictingField = Object.keys(fields).find((name) => reservedFields.has(name))
  if (conflictingField !== undefined) {
    throw new Error(
      `The refusal ${rejection.identifier} has a field "${conflictingField}", a word of problem details. Rename it.`
    )
  }
  return {
    code: rejection.identifier,
    status: 409,
    description:
      (rejection.ast.annotations?.["description"] as string | undefined) ?? Name.toTitle(rejection.identifier),
    fields
  }
}
