import type { NatsConnection } from "@nats-io/transport-node"
import { Effect, Schedule } from "effect"

const maxFlushTime = "5 seconds"

/**
 * Waits until the server has the subscriptions that were made before. A connection that drops meanwhile is no error: the
 * client makes them again when it is back. Completes at once if the connection is closed for good.
 */
export const subscriptionsSent = (nats: Pick<NatsConnection, "flush" | "isClosed">): Effect.Effect<void> =>
  Effect.tryPromise(() => nats.flush()).pipe(
    Effect.timeout(maxFlushTime),
    Effect.retry({ schedule: Schedule.spaced("100 millis"), while: () => !nats.isClosed() }),
    Effect.ignore
  )
