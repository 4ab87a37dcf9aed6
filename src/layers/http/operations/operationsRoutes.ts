import { Effect } from "effect"
import { HttpApiSchema } from "effect/http-api"
import type { Board } from "#domain/model/index.ts"
import { operators } from "#layers/access/Access.ts"
import { Operations, type Progress, Totals, type ViewState } from "#layers/contract/operationsSchema.ts"
import { scanProblems } from "#layers/http/monitoring/scanProblems.ts"
import { redactForClient } from "#layers/http/problems/redactForClient.ts"
import { toProblem, invalidRequest } from "#layers/http/problems/toProblem.ts"
import { declaredRoute } from "#layers/http/request/declaredRoute.ts"
import { declareEndpoint } from "#layers/http/request/endpointDeclaration.ts"
import { varyHeader } from "#layers/http/request/endpointSchemas.ts"
import { positionParam } from "#layers/http/request/parameters.ts"
import { LogName } from "#layers/http/response/LogName.ts"
import { jsonResponse } from "#layers/http/response/responses.ts"
import { progressResponse, respondWithProgress, wantsEvents } from "#layers/http/response/sse.ts"
import { operationsNow, totalsOf } from "#layers/monitoring/operationsNow.ts"
import { Scans } from "#layers/monitoring/scans/Scans.ts"
import { LogTail } from "#layers/monitoring/tail/LogTail.ts"

/** The validation error for a position that the log has not reached. */
export const positionNotReached = (path: string, newest: number) => ({
  path,
  message: `Expected a position that the log has reached: at most ${newest}`
})

/** The states of views or automations, with their last errors redacted for clients. */
const redactErrors = <S extends Pick<typeof ViewState.Type, "error">>(
  states: Readonly<Record<string, S>>
): Record<string, S> =>
  Object.fromEntries(
    Object.entries(states).map(([name, state]) => {
      const { error } = state
      return [name, error ? { ...state, error: { ...error, message: redactForClient(error.message) } } : state]
    })
  )

const nowEndpoint = declareEndpoint({
  name: "operations",
  method: "GET",
  path: "/operations",
  access: operators,
  summary: "Counts of events, and the state of the views and automations",
  success: Operations,
  problemTypes: scanProblems
})

const atEndpoint = declareEndpoint({
  name: "operationsAt",
  method: "GET",
  path: "/operations/at/:position",
  access: operators,
  summary: "Counts of events, as of a position",
  description: "With `accept: text/event-stream`, the progress of the count is sent before the result.",
  params: { position: positionParam("A position in the log") },
  success: [HttpApiSchema.WithHeaders(Totals, varyHeader), progressResponse(Totals)],
  problemTypes: scanProblems
})

export const operationsEndpoints = [nowEndpoint, atEndpoint]

/** The counts of events, with the state of all views and automations, or as of a position. */
export const operationsRoutes = Effect.fnUntraced(function* (board: Board.Any) {
  const logTail = yield* LogTail
  const scans = yield* Scans
  const currentOperations = yield* operationsNow(board)
  const { current: logName } = yield* LogName

  const now = declaredRoute(nowEndpoint, () =>
    Effect.map(scans.short(currentOperations), ({ automations, views, ...totals }) => {
      const all = { ...totals, views: redactErrors(views), automations: redactErrors(automations), log: logName() }
      return jsonResponse(200, all satisfies Operations)
    })
  )

  const at = declaredRoute(atEndpoint, ({ correlationId, params: { position }, request }) => {
    const run = wantsEvents(request) ? scans.withProgress : scans.long
    return respondWithProgress(request, (report: (progress: Progress) => Effect.Effect<void>) =>
      Effect.gen(function* () {
        const { position: newest } = yield* logTail.counts
        if (position > newest) return invalidRequest([positionNotReached("position", newest)], correlationId)
        const totals = totalsOf(board, yield* run(logTail.countsAt(position, report)))
        return jsonResponse(200, totals, { vary: "accept" })
      }).pipe(Effect.catch((failure) => Effect.succeed(toProblem(failure, correlationId))))
    )
  })

  return [now, at]
})
