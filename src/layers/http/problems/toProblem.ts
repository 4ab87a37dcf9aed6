import { Effect } from "effect"
import type { HttpServerResponse } from "effect/http"
import type { Commands } from "#layers/commands/Commands.ts"
import type { BodyTooLarge, BodyUnreadable } from "#layers/http/request/body.ts"
import { problem } from "#layers/http/response/response.ts"
import type { TooMuchToFold } from "#layers/monitoring/history/rowsAt.ts"
import type { ScanTooLong, TooBusy } from "#layers/monitoring/scans/Scans.ts"
import type { StillCounting } from "#layers/monitoring/tail/LogTail.ts"
import type { Views } from "#layers/views/Views.ts"
import { mostWrongs, sentence } from "./fieldErrors.ts"
import { problems, type Wrong } from "./problemTypes.ts"

type CommandFailure = Exclude<Effect.Error<ReturnType<Commands["Service"]["execute"]>>, { readonly _tag: "Refused" }>

type Failure =
  | CommandFailure
  | Effect.Error<ReturnType<Views["Service"]["get"]>>
  | StillCounting
  | TooMuchToFold
  | TooBusy
  | ScanTooLong
  | BodyTooLarge
  | BodyUnreadable

/** Everything that is wrong with a request: 400. */
export const invalid = (wrongs: ReadonlyArray<Wrong>, correlationId?: string) =>
  problem(problems.InvalidRequest, {
    detail: sentence(wrongs),
    correlationId,
    fields: { errors: wrongs.slice(0, mostWrongs) }
  })

/** What the services fail with, as it is told to a caller: their own words only where these name no server. */
export const failed = (failure: Failure, correlationId?: string): HttpServerResponse.HttpServerResponse => {
  switch (failure._tag) {
    case "BodyUnreadable":
      return invalid([{ path: "body", message: "Expected text in UTF-8" }], correlationId)
    case "InvalidKey":
      return invalid([{ path: failure.field, message: failure.reason }], correlationId)
    case "CommandIdReused":
      return problem(problems.CommandIdReused, {
        detail: failure.message,
        correlationId,
        fields: { commandId: failure.commandId }
      })
    case "TooManyEvents": {
      const { count, max, message } = failure
      return problem(problems.TooManyEvents, { detail: message, correlationId, fields: { count, max } })
    }
    case "MessageTooLarge": {
      const { bytes, max, message } = failure
      return problem(problems.MessageTooLarge, { detail: message, correlationId, fields: { bytes, max } })
    }
    case "InvalidDecision":
      return problem(problems.InvalidDecision, { detail: failure.message, correlationId })
    case "Contended":
      return problem(problems.Contended, { detail: failure.message, correlationId })
    case "ViewBehind": {
      const { view, after, position, lag } = failure
      return problem(problems.ViewBehind, {
        detail: failure.message,
        correlationId,
        fields: { view, after, position, lag }
      })
    }
    case "ViewRebuilding": {
      const { view, position, target = null } = failure
      return problem(problems.ViewRebuilding, {
        detail: failure.message,
        correlationId,
        fields: { view, position, target }
      })
    }
    case "Unreadable":
      return problem(problems.FactUnreadable, { correlationId, fields: { position: failure.position } })
    case "TooManyRefusals": {
      const { message, of, retryAfter } = failure
      const headers = { "retry-after": String(retryAfter) }
      return problem(problems.TooManyRefusals, { detail: message, correlationId, fields: { of }, headers })
    }
    case "StillCounting": {
      const { done, of } = failure
      return problem(problems.StillCounting, { detail: failure.message, correlationId, fields: { done, of } })
    }
    case "TooBusy":
      return problem(problems.TooBusy, { detail: failure.message, correlationId })
    case "ScanTooLong":
      return problem(problems.ScanTooLong, {
        detail: failure.message,
        correlationId,
        fields: { seconds: failure.seconds }
      })
    case "TooMuchToFold": {
      const { most, what } = failure
      return problem(problems.TooMuchToFold, { detail: failure.message, correlationId, fields: { what, most } })
    }
    default:
      return problem(problems[failure._tag], { correlationId })
  }
}

const forOperators: ReadonlySet<string> = new Set(["Unreadable", "InvalidDecision", "MessageTooLarge", "WriteRejected"])

/** Writes to the log what somebody has to put right: the caller cannot. */
export const logForOperators = (failure: CommandFailure): Effect.Effect<void> =>
  forOperators.has(failure._tag) ? Effect.logError(failure.message) : Effect.void
