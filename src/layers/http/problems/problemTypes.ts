import { Schema } from "effect"
import { type Event, Name } from "#domain/model/index.ts"
import { accessProblems } from "./accessProblems.ts"
import { logReadProblems } from "./logReadProblems.ts"
import { operatorProblems } from "./operatorProblems.ts"

/** A type of problem, as RFC 9457 defines it. `code` never changes. */
export interface ProblemType {
  readonly code: string
  readonly status: number
  readonly description: string
  /** Additional fields of the problem document. */
  readonly fields?: Schema.Struct.Fields
  readonly headers?: Readonly<Record<string, string>>
}

/** A validation error of a request: the path of the field, such as `data.room.id`, and what was expected there. */
export const FieldError = Schema.Struct({ path: Schema.String, message: Schema.String }).annotate({
  identifier: "Wrong"
})
export type FieldError = typeof FieldError.Type

/** The media types of a JSON request: plain, or a CloudEvent in structured mode. */
export const mediaTypes = { json: "application/json", cloudEvent: "application/cloudevents+json" } as const

/** The limit of a request's body. */
export const maxBodyBytes = 64 * 1024

const retryInOneSecond = { "retry-after": "1" }

const withCodes = <Code extends string>(table: Record<Code, Omit<ProblemType, "code">>) =>
  Object.fromEntries(
    Object.entries<Omit<ProblemType, "code">>(table).map(([code, problemType]) => [code, { code, ...problemType }])
  ) as {
    readonly [C in Code]: ProblemType
  }

/** All problems besides the rejections of the board's commands. */
export const problems = withCodes({
  ...accessProblems,
  ...logReadProblems,
  ...operatorProblems,
  InvalidRequest: {
    status: 400,
    description: "The request is invalid; `errors` lists everything that is wrong with it.",
    fields: { errors: Schema.Array(FieldError) }
  },
  NotAcceptable: {
    status: 406,
    description: "None of the media types in `accept` is available here; `available` lists those that are.",
    fields: { available: Schema.Array(Schema.String) }
  },
  LiveOff: {
    status: 404,
    description: "This server lets no browser read rows over WebSocket. Its operator switches that on with LIVE=true."
  },
  MetricsOff: { status: 404, description: "Metrics are off here. The operator switches them on with METRICS=true." },
  PreconditionFailed: {
    status: 412,
    description: "The current state does not match `if-match`. Nothing was done."
  },
  RouteNotFound: { status: 404, description: "There is nothing at this path." },
  NoSuchSchema: {
    status: 404,
    description: "No message of this board has a schema of this type and version; `known` lists those that exist.",
    fields: { known: Schema.Array(Schema.String) }
  },
  MethodNotAllowed: {
    status: 405,
    description: "This path does not support the method; `allow` lists those it does.",
    headers: { allow: "OPTIONS" }
  },
  BodyTooLarge: { status: 413, description: `A body has at most ${maxBodyBytes / 1024} KiB.` },
  UnsupportedMediaType: {
    status: 415,
    description: `Send ${mediaTypes.json} or ${mediaTypes.cloudEvent}, in UTF-8 and uncompressed.`,
    headers: { accept: `${mediaTypes.json}, ${mediaTypes.cloudEvent}` }
  },
  CommandIdReused: {
    status: 422,
    description:
      "The command id was used before, for another command or another input. Use a new one for each command.",
    fields: { commandId: Schema.String }
  },
  TooManyEvents: {
    status: 422,
    description:
      "The command emits more events than can be stored together. Nothing was written, and a retry fails too: " +
      "ask for less at a time.",
    fields: { count: Schema.Int, max: Schema.Int }
  },
  MessageTooLarge: {
    status: 422,
    description:
      "An event of the command, or its rejection, is larger than can be stored. Nothing was written, and a retry fails " +
      "too: send less data.",
    fields: { bytes: Schema.Int, max: Schema.Int }
  },
  InvalidDecision: {
    status: 500,
    description:
      "The board is wrong: the command's rule returned an event of another event stream than the command guards, or " +
      "something that the command does not declare. Nothing was appended, and a retry fails too. The details are in the " +
      "app's log."
  },
  WriteRejected: {
    status: 500,
    description:
      "The NATS server rejected the write for a permanent reason, so a retry fails too. Nothing was appended. The details " +
      "are in the app's log."
  },
  TooManyRefusals: {
    status: 429,
    description:
      "Too many commands of this client, or on this event stream, were rejected recently, and this one would be rejected too. Nothing was written.",
    fields: { of: Schema.Literals(["caller", "event stream"]) },
    headers: { "retry-after": "1" }
  },
  InternalError: { status: 500, description: "The server failed. The details are in the app's log." },
  LogUnavailable: {
    status: 503,
    description: "The log is not reachable. Try again with the same command id, so that nothing is done twice.",
    headers: retryInOneSecond
  },
  FactUnreadable: {
    status: 503,
    description:
      "This version cannot read a message in the event stream, so it cannot decide the command. Nothing was written. " +
      "`position` is that of the message; an operator can void it.",
    fields: { position: Schema.Int },
    headers: { "retry-after": "60" }
  },
  StoreUnavailable: {
    status: 503,
    description: "The read models are not reachable. Try again.",
    headers: retryInOneSecond
  },
  LogDamaged: {
    status: 503,
    description:
      "The log has lost events, so no command can be decided. Nothing was written; an operator has to restore or rebuild it. `/health/ready` says what is wrong.",
    headers: { "retry-after": "60" }
  },
  LogFull: {
    status: 503,
    description: "The log is full. Nothing was written; an operator has to raise its limit.",
    headers: { "retry-after": "60" }
  },
  Contended: {
    status: 503,
    description: "Too many commands change the same event stream at once. Nothing was written; try again in a moment.",
    headers: retryInOneSecond
  },
  ViewRebuilding: {
    status: 503,
    description:
      "The view is being built from the log, after a start or because its rows were lost: it is at `position` of `target` (null: not known yet). Another instance may have it already.",
    fields: { view: Schema.String, position: Schema.Int, target: Schema.NullOr(Schema.Int) },
    headers: retryInOneSecond
  },
  ViewBehind: {
    status: 503,
    description: "The view has not reached the position `after` yet; `lag` is how many events it has to process first.",
    fields: { view: Schema.String, after: Schema.Int, position: Schema.Int, lag: Schema.Int },
    headers: retryInOneSecond
  }
})

/** A stable URI for each code; it opens the description of that problem in the API's documentation. */
export const typeUriOf = (code: string): string => `/docs#model/${code.toLowerCase()}`

/** Fields of every problem document; a rejection must name its own differently. */
const reservedFields = new Set(["type", "title", "status", "code", "detail", "correlationId", "errors", "instance"])

/** The problem type of a rejection: its fields are added to those of every problem. Throws if they clash. */
export const rejectionProblem = (rejection: Event.Any): ProblemType => {
  const { _tag, ...fields } = rejection.fields
  const conflictingField = Object.keys(fields).find((name) => reservedFields.has(name))
  if (conflictingField !== undefined) {
    throw new Error(
      `The rejection ${rejection.identifier} has a field "${conflictingField}", which every problem document has already. Rename it.`
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
