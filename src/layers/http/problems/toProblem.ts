import { Effect } from "effect"
import type { HttpServerResponse } from "effect/http"
import type { Commands } from "#layers/commands/Commands.ts"
import type { BodyTooLarge, BodyUnreadable } from "#layers/http/request/requestBody.ts"
import { problemResponse, type ProblemOptions } from "#layers/http/response/responses.ts"
import type { ReplayLimitExceeded } from "#layers/monitoring/history/rowsAt.ts"
import type { ScanTooLong, TooBusy } from "#layers/monitoring/scans/Scans.ts"
import type { StillCounting } from "#layers/monitoring/tail/LogTail.ts"
import type { Views } from "#layers/views/Views.ts"
import { problems, type FieldError, type ProblemType } from "./problemTypes.ts"
import { maxValidationErrors, summaryOf } from "./validationErrors.ts"

const newerEventDetail =
  "Newer code wrote a message in the event stream, which this process cannot read yet, so it cannot decide the command. Nothing " +
  "was written. Send the command again: a process with the newer code decides it."

type CommandFailure = Exclude<Effect.Error<ReturnType<Commands["Service"]["execute"]>>, { readonly _tag: "Refused" }>

type ServiceFailure =
  | CommandFailure
  | Effect.Error<ReturnType<Views["Service"]["get"]>>
  | StillCounting
  | ReplayLimitExceeded
  | TooBusy
  | ScanTooLong
  | BodyTooLarge
  | BodyUnreadable

/** A problem and its content. */
type Problem = readonly [ProblemType, Omit<ProblemOptions, "correlationId">]

const invalid = (validationErrors: ReadonlyArray<FieldError>): Problem => [
  problems.InvalidRequest,
  { detail: summaryOf(validationErrors), fields: { errors: validationErrors.slice(0, maxValidationErrors) } }
]

const respond = ([type, content]: Problem, correlationId: string | undefined): HttpServerResponse.HttpServerResponse =>
  problemResponse(type, { ...content, correlationId })

/** A 400 with the validation errors of a request. */
export const invalidRequest = (validationErrors: ReadonlyArray<FieldError>, correlationId?: string) =>
  respond(invalid(validationErrors), correlationId)

type Tag = ServiceFailure["_tag"]
type Code = keyof typeof problems
type ToProblem<T extends Tag> = (failure: Extract<ServiceFailure, { readonly _tag: T }>) => Problem

/**
 * The problems of failures with details. A failure that is not listed is the problem of its name, with the description of
 * that: the messages of others may name a server.
 */
const problemsWithDetails: { readonly [T in Exclude<Tag, Code>]: ToProblem<T> } & {
  readonly [T in Tag & Code]?: ToProblem<T>
} = {
  BodyUnreadable: () => invalid([{ path: "body", message: "Expected text in UTF-8" }]),
  InvalidKey: ({ field, reason }) => invalid([{ path: field, message: reason }]),
  CommandIdReused: ({ commandId, message }) => [problems.CommandIdReused, { detail: message, fields: { commandId } }],
  TooManyEvents: ({ count, max, message }) => [problems.TooManyEvents, { detail: message, fields: { count, max } }],
  MessageTooLarge: ({ bytes, maxBytes, message }) => [
    problems.MessageTooLarge,
    { detail: message, fields: { bytes, max: maxBytes } }
  ],
  InvalidDecision: ({ message }) => [problems.InvalidDecision, { detail: message }],
  StreamContended: ({ message }) => [problems.Contended, { detail: message }],
  ViewBehind: ({ after, lag, message, position, view }) => [
    problems.ViewBehind,
    { detail: message, fields: { view, after, position, lag } }
  ],
  ViewRebuilding: ({ message, position, target = null, view }) => [
    problems.ViewRebuilding,
    { detail: message, fields: { view, position, target } }
  ],
  UndecodableEvent: ({ isNewer, position }) => [
    problems.FactUnreadable,
    { fields: { position }, ...(isNewer && { detail: newerEventDetail, headers: { "retry-after": "1" } }) }
  ],
  TooManyRejections: ({ message, retryAfterSeconds, scope }) => [
    problems.TooManyRefusals,
    { detail: message, fields: { of: scope }, headers: { "retry-after": String(retryAfterSeconds) } }
  ],
  StillCounting: ({ done, message, of }) => [problems.StillCounting, { detail: message, fields: { done, of } }],
  TooBusy: ({ message }) => [problems.TooBusy, { detail: message }],
  ScanTooLong: ({ message, seconds }) => [problems.ScanTooLong, { detail: message, fields: { seconds } }],
  ReplayLimitExceeded: ({ max, message, what }) => [
    problems.TooMuchToFold,
    { detail: message, fields: { what, most: max } }
  ]
}

/** The problem for a failure of a service. Its own message is used only where it names no server. */
export const toProblem = (failure: ServiceFailure, correlationId?: string): HttpServerResponse.HttpServerResponse => {
  const withDetails: ToProblem<any> | undefined = problemsWithDetails[failure._tag]
  return respond(withDetails?.(failure) ?? [problems[failure._tag as Tag & Code], {}], correlationId)
}

const operatorFailures: ReadonlySet<string> = new Set([
  "UndecodableEvent",
  "InvalidDecision",
  "MessageTooLarge",
  "WriteRejected"
])

/** Logs failures that an operator has to fix, since the client cannot. */
export const logForOperators = (failure: CommandFailure, correlationId?: string): Effect.Effect<void> => {
  if (!operatorFailures.has(failure._tag)) return Effect.void
  // During an update that is expected, and another process decides the command.
  const isExpected = failure._tag === "UndecodableEvent" && failure.isNewer === true
  return withCorrelation(correlationId, (isExpected ? Effect.logWarning : Effect.logError)(failure.message))
}

/** Adds the correlation id of a request, if there is one, to what an effect logs. */
export const withCorrelation = <A, E, R>(correlationId: string | undefined, effect: Effect.Effect<A, E, R>) =>
  correlationId === undefined ? effect : Effect.annotateLogs(effect, { correlationId })
