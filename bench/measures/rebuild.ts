import { Context, Effect, Layer } from "effect"
import { Parking } from "#layers/deadLetters/DeadLetters.ts"
import * as Nats from "#layers/nats/natsServices.ts"
import { bucketOf } from "#layers/services/buckets.ts"
import { ofView } from "#layers/services/subscriptionsOf.ts"
import * as Views from "#layers/views/Views.ts"
import { parcels, parcelsWith, tracking } from "../board.ts"
import { opened } from "../ground.ts"
import { atLeast, make } from "../Measure.ts"
import { factsOfParcel } from "../stores.ts"

const keys = 100_000
const few = 500

/** How much the limit fetches ahead: more made it no faster. */
const ahead = 5_000

let version = 1

export const rebuild = make({
  name: "rebuild",
  title: "a view built anew: 1 M facts, 100 k keys",
  against: "pulling the same messages without acks, and parsing their JSON",
  unit: "/s",
  concurrency: [1],
  syncs: ["2m", "always"],
  rounds: 3,
  warmUp: 0,
  count: 1,
  reach: () => atLeast(0.5),
  setup: (ground) =>
    Effect.gen(function* () {
      const count = ground.quick ? few : keys
      return { ...(yield* opened(ground, parcels, yield* ground.stores.parcels(count))), count }
    }),
  ours: ({ url, manager, count }) => {
    const view = tracking(++version)
    const board = parcelsWith(view)
    const built = Effect.gen(function* () {
      const services = yield* Layer.build(Layer.fresh(Nats.layer(board, { servers: url, replicas: 1 })))
      const { state } = yield* Effect.tryPromise(() => manager.streams.info("parcels"))
      const begin = performance.now()
      const context = yield* Layer.build(Layer.fresh(Views.layer(board).pipe(Layer.provide(Parking.layer)))).pipe(
        Effect.provide(services)
      )
      const look = (id: number) => Context.get(context, Views.Views).get(view, { parcel: { id } }, state.last_seq)
      yield* look(count).pipe(
        Effect.retry({ while: ({ _tag }) => _tag === "ViewBehind" }),
        Effect.timeout("15 minutes")
      )
      const millis = performance.now() - begin
      for (const id of [1, count >> 1, count]) {
        const { steps } = yield* look(id)
        if (steps !== factsOfParcel) throw new Error(`parcel ${id} has ${steps} steps`)
      }
      return { value: ((count * factsOfParcel) / millis) * 1000 }
    })
    const forget = Effect.tryPromise(async () => {
      await manager.consumers.delete("parcels", ofView(view).name)
      await manager.streams.delete(`KV_${bucketOf(view)}`)
    })
    return Effect.scoped(built).pipe(Effect.tap(forget))
  },
  limit: ({ js, manager, count }) =>
    Effect.tryPromise(async () => {
      const { name } = await manager.consumers.add("parcels", { ack_policy: "none", deliver_policy: "all" })
      const consumer = await js.consumers.get("parcels", name)
      const all = count * factsOfParcel
      const begin = performance.now()
      let parsed = 0
      await new Promise<void>((resolve, reject) => {
        consumer
          .consume({
            max_messages: ahead,
            callback: (message) => {
              if (message.json<object>() && ++parsed === all) resolve()
            }
          })
          .catch(reject)
      })
      const millis = performance.now() - begin
      await consumer.delete()
      return { value: (all / millis) * 1000 }
    }),
  settle: ({ settle }) => settle
})
