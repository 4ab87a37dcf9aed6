import { Context, Effect, Layer, Metric } from "effect"
import { hotelBooking } from "#features/hotel-booking/index.ts"
import * as Execute from "#layers/commands/commandHandler.ts"
import { Commands } from "#layers/commands/Commands.ts"
import * as Nats from "#layers/nats/natsServices.ts"
import { Ids } from "#layers/services/Ids.ts"
import * as InstrumentedCommands from "#layers/telemetry/instrumentedCommands.ts"
import * as Telemetry from "#layers/telemetry/telemetry.ts"
import type { Sampling } from "#layers/telemetry/tracing/sampler.ts"
import * as TracedEventLog from "#layers/telemetry/tracing/tracedEventLog.ts"
import { startServer } from "../children.ts"
import { atLeast, type Environment, make, throughput, type Turn } from "../Measure.ts"
import { perCpuSecond, perSecond } from "../timing.ts"
import { book, openHotel } from "./hotelFixture.ts"

/** The hotel's commands with telemetry, on a connection and a cache of their own. */
const commandsWith = Effect.fnUntraced(function* (
  servers: string,
  { metrics = true, otlp }: { readonly metrics?: boolean; readonly otlp: Telemetry.TelemetryOptions["otlp"] }
) {
  const commands = InstrumentedCommands.layer(
    Execute.layer(hotelBooking).pipe(Layer.provide(TracedEventLog.layer(hotelBooking)))
  )
  const measured = Layer.fresh(commands).pipe(
    Layer.provide(Nats.layer(hotelBooking, { servers, replicas: 1 })),
    Layer.provide(Ids.layer),
    Layer.provideMerge(Telemetry.layer(hotelBooking, { metrics, logFormat: "json", otlp })),
    Layer.provide(Layer.succeed(Metric.MetricRegistry, new Map()))
  )
  const context = yield* Layer.build(measured)
  return { commands: Context.get(context, Commands), context: context as Context.Context<never> }
})

type Side = Effect.Success<ReturnType<typeof commandsWith>>
type Bookings = ReturnType<Effect.Success<ReturnType<typeof openHotel>>["nights"]["take"]>

const bookAll = ({ commands, context }: Side, bookings: Bookings, turn: Turn, timer: typeof perSecond) =>
  Effect.provide(
    timer(turn, (n) => book(commands, bookings[n]!)),
    context
  )

interface Cost {
  readonly metrics?: boolean
  readonly sampling?: Sampling
  readonly timer?: typeof perSecond
}

const cost = (name: string, title: string, least: number, { metrics, sampling, timer = perSecond }: Cost) =>
  make({
    ...throughput,
    // A few percent, which the usual number of rounds does not show.
    rounds: 21,
    warmUp: 10_000,
    ...(timer === perCpuSecond && { syncs: ["2m"] as const }),
    name,
    title,
    against: "the same without telemetry",
    concurrency: [64, 256],
    target: () => atLeast(least),
    setup: (environment: Environment) =>
      Effect.gen(function* () {
        const world = yield* openHotel(environment)
        const otlp = sampling && {
          endpoint: (yield* startServer("servers/otlpSink")).url,
          protocol: "http/json" as const,
          headers: {},
          serviceName: "hotel",
          sampling
        }
        // Each side has a connection and a cache of its own, so that they differ in telemetry only.
        return {
          ...world,
          measured: yield* commandsWith(world.url, { otlp, ...(metrics !== undefined && { metrics }) }),
          plain: yield* commandsWith(world.url, { metrics: false, otlp: undefined })
        }
      }),
    ours: ({ measured, nights }, turn) => bookAll(measured, nights.take(turn.count), turn, timer),
    baseline: ({ nights, plain }, turn) => bookAll(plain, nights.take(turn.count), turn, timer),
    settle: ({ settle }) => settle
  })

const limited: Sampling = { ratio: 1, perSecond: 20 }

export const telemetryMeasures = [
  cost("telemetry-default", "execute(BookRoom) with metrics, and twenty traces a second exported", 0.9, {
    sampling: limited
  }),
  cost("telemetry-cpu", "the same by processor time: execute(BookRoom) for each second of it", 0.9, {
    sampling: limited,
    timer: perCpuSecond
  }),
  cost("telemetry-control", "the same by processor time, and no telemetry on either side", 0.97, {
    metrics: false,
    timer: perCpuSecond
  }),
  cost("telemetry-metrics", "execute(BookRoom) with metrics alone", 0.97, {}),
  cost("telemetry-traces", "execute(BookRoom) with metrics, and every trace exported", 0.7, {
    sampling: { ratio: 1, perSecond: 1_000_000 }
  })
]
