import { Effect, Option, Schema } from "effect"
import { HttpApiSchema } from "effect/http-api"
import type { Board } from "#domain/model/index.ts"
import { DeadLetters } from "#layers/deadLetters/DeadLetters.ts"
import { redactForClient } from "#layers/http/problems/redactForClient.ts"
import { declaredRoute } from "#layers/http/request/declaredRoute.ts"
import { declareEndpoint } from "#layers/http/request/endpointDeclaration.ts"
import { jsonResponse } from "#layers/http/response/responses.ts"
import { subscriptions } from "#layers/processors/boardSubscriptions.ts"
import { type ProcessorError, ProcessorErrors } from "#layers/processors/ProcessorErrors.ts"
import { Connection } from "#layers/services/Connection.ts"
import { Health, type HealthReport } from "#layers/services/Health.ts"
import { Subscriptions, type Subscription } from "#layers/services/Subscriptions.ts"
import { statusTimeout, orNullOnTimeout } from "#layers/timing/orNullOnTimeout.ts"
import { ViewHealth } from "#layers/views/ViewHealth.ts"
import type { ViewState } from "#layers/views/viewProgress.ts"

const Lag = Schema.Struct({
  lag: Schema.NullOr(Schema.Int).annotate({ description: "Events it has not processed yet; null if that is not known" })
})

const ViewReadiness = Schema.Struct({
  ...Lag.fields,
  status: Schema.Literals(["current", "rebuilding", "standing by"]).annotate({
    description:
      "current: it has caught up with the log as it was when this process started; rebuilding: not yet, or its rows were lost since; standing by: its rows are those of another instance that runs other code"
  }),
  position: Schema.NullOr(Schema.Int).annotate({ description: "Its position in the log; null if that is not known" }),
  target: Schema.NullOr(Schema.Int).annotate({
    description: "The position that it has to reach before its rows are served; null if that is not known"
  })
})

const Alive = Schema.Struct({ status: Schema.Literal("alive") }).annotate({ identifier: "Alive" })

/** The body of `/health/ready`. */
const Readiness = Schema.Struct({
  status: Schema.Literals(["ready", "degraded", "not ready"]).annotate({
    description:
      "ready: everything is reachable, and each view has caught up with the log as it was when this process started; degraded: likewise, but there are dead letters, or a stream is nearly full, and an operator has to act, or this process waits for newer code"
  }),
  connection: Schema.Literals(["connecting", "up", "lame duck", "down", "closed"]),
  parked: Schema.NullOr(Schema.Int).annotate({
    description: "How many dead letters views and automations have; null if that is not known"
  }),
  log: Schema.String.annotate({
    description:
      "Whether the log is reachable, or what is wrong with it; its address, and why it is unreachable, are in the app's log"
  }),
  verification: Schema.optionalKey(
    Schema.Struct({ verified: Schema.Int, of: Schema.Int }).annotate({
      description: "How many events of the log, as it was at the start, have been read since to verify it"
    })
  ),
  streams: Schema.Record(Schema.String, Schema.Int).annotate({ description: "Messages in each JetStream stream" }),
  filling: Schema.Record(Schema.String, Schema.Number).annotate({
    description: "JetStream streams that use 80 % or more of their limit, and the used share, from 0 to 1"
  }),
  waiting: Schema.optionalKey(
    Schema.Record(Schema.String, Schema.String).annotate({
      description: "Views and automations of this process that wait at an event which newer code wrote, and what for"
    })
  ),
  views: Schema.Record(Schema.String, ViewReadiness),
  automations: Schema.Record(Schema.String, Lag)
}).annotate({ identifier: "Readiness" })

const viewReadiness = (state: ViewState | undefined): Omit<typeof ViewReadiness.Type, "lag"> => ({
  status: state?.status ?? "current",
  position: state?.position ?? null,
  target: state?.target ?? null
})

const unreachableReport: HealthReport = { ready: false, log: `no answer within ${statusTimeout}`, streams: {} }

const readinessResponse = (
  { filling = {}, ready, log, streams, verification }: HealthReport,
  connection: (typeof Readiness.Type)["connection"],
  deadLetterCount: number | null,
  views: ReadonlyArray<readonly [name: string, typeof ViewReadiness.Type]>,
  automations: ReadonlyArray<readonly [name: string, typeof Lag.Type]>,
  waiting: Readonly<Record<string, string>>
) => {
  const isReady =
    ready &&
    deadLetterCount !== null &&
    [...views, ...automations].every(([, { lag }]) => lag !== null) &&
    views.every(([, { status }]) => status === "current")
  const body: typeof Readiness.Type = {
    status: !isReady
      ? "not ready"
      : deadLetterCount + Object.keys(filling).length + Object.keys(waiting).length > 0
        ? "degraded"
        : "ready",
    connection,
    parked: deadLetterCount,
    log: redactForClient(log),
    ...(verification && { verification }),
    streams,
    filling,
    ...(Object.keys(waiting).length > 0 && { waiting }),
    views: Object.fromEntries(views),
    automations: Object.fromEntries(automations)
  }
  return isReady ? jsonResponse(200, body) : jsonResponse(503, body, { "retry-after": "1" })
}

const liveEndpoint = declareEndpoint({
  name: "live",
  method: "GET",
  path: "/health/live",
  access: "everyone",
  summary: "Whether this process responds",
  success: Alive,
  problemTypes: []
})

const readyEndpoint = declareEndpoint({
  name: "ready",
  method: "GET",
  path: "/health/ready",
  access: "everyone",
  summary: "Whether this process, its dependencies and its views are ready",
  success: Readiness,
  unsuccessful: [
    HttpApiSchema.WithHeaders(Readiness.pipe(HttpApiSchema.status(503)), { "retry-after": Schema.String }).annotate({
      description:
        "Something is not reachable, or a view has not caught up with the log as it was at the start of this process"
    })
  ],
  problemTypes: []
})

export const healthEndpoints = [liveEndpoint, readyEndpoint]

/** `/health/live`: this process responds. `/health/ready`: so do its dependencies, each checked with a timeout. */
export const healthRoutes = Effect.fnUntraced(function* (board: Board.Any) {
  const health = yield* Health
  const consumers = yield* Subscriptions
  const connection = yield* Connection
  const deadLetters = yield* DeadLetters
  const viewHealth = yield* Effect.serviceOption(ViewHealth)
  const states = Option.isNone(viewHealth)
    ? Effect.succeed<ReadonlyMap<string, ViewState>>(new Map())
    : viewHealth.value.states
  const { views, automations } = subscriptions(board)
  const errors = Option.match(yield* Effect.serviceOption(ProcessorErrors), {
    onNone: () => Effect.succeed<ReadonlyMap<string, ProcessorError>>(new Map()),
    onSome: ({ all }) => all
  })
  const waiting = Effect.map(errors, (all) =>
    Object.fromEntries(
      Array.from(all).flatMap(([name, { message, over, waits }]) => (waits && !over ? [[name, message]] : []))
    )
  )

  const lags = (all: ReadonlyArray<{ readonly name: string; readonly subscription: Subscription }>) =>
    Effect.forEach(
      all,
      ({ name, subscription }) =>
        Effect.map(orNullOnTimeout(consumers.lag(subscription)), (lag) => [name, { lag }] as const),
      { concurrency: "unbounded" }
    )
  const report = Effect.map(orNullOnTimeout(health.report), (found) => found ?? unreachableReport)

  const readiness = Effect.map(
    Effect.all(
      [report, lags(views), lags(automations), connection.status, orNullOnTimeout(deadLetters.all), states, waiting],
      {
        concurrency: "unbounded"
      }
    ),
    ([report, viewLags, automationLags, { state }, deadLetterList, states, waiting]) => {
      const viewStates = viewLags.map(([name, lag]) => [name, { ...lag, ...viewReadiness(states.get(name)) }] as const)
      return readinessResponse(
        report,
        state,
        deadLetterList && deadLetterList.length,
        viewStates,
        automationLags,
        waiting
      )
    }
  )

  return [
    declaredRoute(liveEndpoint, () => Effect.succeed(jsonResponse(200, { status: "alive" }))),
    declaredRoute(readyEndpoint, () => readiness)
  ]
})
