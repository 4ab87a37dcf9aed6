import { type Array as Arrays, Clock, Effect, Exit, Layer, type Tracer } from "effect"
import { isUndecodable, type LogEntry } from "#layers/services/EventLog.ts"
import { type Subscription, Subscriptions } from "#layers/services/Subscriptions.ts"
import { Tracing } from "./inSpan.ts"
import { spanOf } from "./traceContext.ts"

/** The most spans for one batch of events; a view that is behind has larger ones, which are no part of a request any more. */
const maxSpans = 128

/** Begins a span for each event of a batch whose trace is sampled; returns the function that ends them. */
const beginSpans = ({ name, types }: Subscription, batch: ReadonlyArray<LogEntry>) =>
  Effect.gen(function* () {
    const clock = yield* Clock.Clock
    const spans: Array<Tracer.Span> = []
    for (const entry of batch.slice(0, maxSpans)) {
      const parent = isUndecodable(entry) ? undefined : spanOf(entry.traceparent)
      if (!parent?.sampled) continue
      spans.push(
        yield* Effect.makeSpan(`process ${name}`, {
          kind: "consumer",
          parent,
          attributes: {
            "messaging.system": "nats",
            "messaging.consumer.group.name": name,
            "messaging.destination.name": types.length === 1 ? types[0] : name,
            "messaging.operation.name": "process",
            "messaging.operation.type": "process",
            "messaging.batch.message_count": batch.length
          }
        })
      )
    }
    return (exit: Exit.Exit<unknown, unknown>) => {
      const endTime = clock.currentTimeNanosUnsafe()
      for (const span of spans) span.end(endTime, Exit.isSuccess(exit) ? Exit.void : Exit.interrupt())
    }
  })

/**
 * Subscriptions as they are, or with a span for each event of a batch, if spans are exported: from when the batch arrives until
 * it is processed. Its parent is the append of the event.
 */
export const layer = () =>
  Layer.effect(
    Subscriptions,
    Effect.gen(function* () {
      const subscriptions = yield* Subscriptions
      if (!(yield* Tracing)) return subscriptions
      const run = <E, R>(
        subscription: Subscription,
        handle: (batch: Arrays.NonEmptyReadonlyArray<LogEntry>) => Effect.Effect<void, E, R>,
        resumeFrom?: Effect.Effect<number | undefined, E, R>
      ) =>
        subscriptions.run(
          subscription,
          (batch) =>
            Effect.flatMap(beginSpans(subscription, batch), (end) =>
              Effect.onExitPrimitive(handle(batch), (exit) => {
                end(exit)
                return undefined
              })
            ),
          resumeFrom
        )
      return { ...subscriptions, run }
    })
  )
