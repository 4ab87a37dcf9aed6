import { Effect } from "effect"
import type { HttpServerResponse } from "effect/http"
import type { Commands } from "#layers/commands/Commands.ts"
import type { BodyTooLarge, BodyUnreadable } from "#layers/http/request/requestBody.ts"
import { problemResponse } from "#layers/http/response/responses.ts"
import type { ReplayLimitExceeded } from "#layers/monitoring/history/rowsAt.ts"
import type { ScanTooLong, TooBusy } from "#layers/monitoring/scans/Scans.ts"
import type { StillCounting } from "#layers/monitoring/tail/LogTail.ts"
import type { Views } from "#layers/views/Views.ts"
import { problems, type FieldError } from "./problemTypes.ts"
import { maxValidationErrors, summaryOf } from "./validationErrors.ts"

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

/** A 400 with the validation errors of a request. */
export const invalidRequest = (validationErrors: ReadonlyArray<FieldError>, correlationId?: string) =>
  problemResponse(problems.InvalidRequest, {
    detail: summaryOf(validationErrors),
    correlationId,
    fields: { errors: validationErrors.slice(0, maxValidationErrors) }
  })

/** The problem for a failure of a service. Its own message is used only where it names no server. */
export const toProblem = (failure: ServiceFailure, correlationId?: string): HttpServerResponse.HttpServerResponse => {
  switch (failure._tag) {
    case "BodyUnreadable":
      return invalidRequest([{ path: "body", message: "Expected text in UTF-8" }], correlationId)
    case "InvalidKey":
      return invalidRequest([{ path: failure.field, message: failure.reason }], correlationId)
    case "CommandIdReused":
      return problemResponse(problems.CommandIdReused, {
        detail: failure.message,
        correlationId,
        fields: { commandId: failure.commandId }
      })
    case "TooManyEvents": {
      const { count, max, message } = failure
      return problemResponse(problems.TooManyEvents, { detail: message, correlationId, fields: { count, max } })
    }
    case "MessageTooLarge": {
      const { bytes, maxBytes, message } = failure
      return problemResponse(problems.MessageTooLarge, {
        detail: message,
        correlationId,
        fields: { bytes, max: maxBytes }
      })
    }
    case "InvalidDecision":
      return problemResponse(problems.InvalidDecision, { detail: failure.message, correlationId })
    case "StreamContended":
      return problemResponse(problems.Contended, { detail: failure.message, correlationId })
    case "ViewBehind": {
      const { view, after, position, lag } = failure
      return problemResponse(problems.ViewBehind, {
        detail: failure.message,
        correlationId,
        fields: { view, after, position, lag }
      })
    }
    case "ViewRebuilding": {
      const { view, position, target = null } = failure
      return problemResponse(problems.ViewRebuilding, {
        detail: failure.message,
        correlationId,
        fields: { view, position, target }
      })
    }
    case "UndecodableEvent":
      return problemResponse(problems.FactUnreadable, { correlationId, fields: { position: failure.position } })
    case "TooManyRejections": {
      const { message, scope, retryAfterSeconds } = failure
      const headers = { "retry-after": String(retryAfterSeconds) }
      return problemResponse(problems.TooManyRefusals, {
        detail: message,
        correlationId,
        fields: { of: scope },
        headers
      })
    }
    case "StillCounting": {
      const { done, of } = failure
      return problemResponse(problems.StillCounting, { detail: failure.message, correlationId, fields: { done, of } })
    }
    case "TooBusy":
      return problemResponse(problems.TooBusy, { detail: failure.message, correlationId })
    case "ScanTooLong":
      return problemResponse(problems.ScanTooLong, {
        detail: failure.message,
        correlationId,
        fields: { seconds: failure.seconds }
      })
    case "ReplayLimitExceeded": {
      const { max, what } = failure
      return problemResponse(problems.TooMuchToFold, {
        detail: failure.message,
        correlationId,
        fields: { what, most: max }
      })
    }
    default:
      return problemResponse(problems[failure._tag], { correlationId })
  }
}

const operatorFailures: ReadonlySet<string> = new Set([
  "UndecodableEvent",
  "InvalidDecision",
  "MessageTooLarge",
  "WriteRejected"
])

/** Logs failures that an operator has to fix, since the client cannot. */
export const logForOperators = (failure: CommandFailure): Effect.Effect<void> =>
  operatorFailures.has(failure._tag) ? Effect.logError(failure.message) : Effect.void
