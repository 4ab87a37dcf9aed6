import { Context, Effect, Layer } from "effect"
import { bucketOf } from "#layers/buckets/bucketNames.ts"
import { DeadLetters } from "#layers/deadLetters/DeadLetters.ts"
import * as Nats from "#layers/nats/natsServices.ts"
import { viewSubscription } from "#layers/processors/boardSubscriptions.ts"
import * as Views from "#layers/views/Views.ts"
import { openBoard } from "../environment.ts"
import { eventsPerParcel, filledParcels } from "../filledParcels.ts"
import { atLeast, make } from "../Measure.ts"
import { parcels, parcelsBoard, tracking } from "../parcelsBoard.ts"

const parcelCount = 100_000
const quickParcelCount = 500

/** The limit's `max_messages`; more did not make it faster. */
const prefetch = 5_000

let version = 1

export const rebuild = make({
  name: "rebuild",
  title: "a view rebuilt: 1 M events, 100 k keys",
  against: "pulling the same messages without acks, and parsing their JSON",
  unit: "/s",
  concurrency: [1],
  syncs: ["2m", "always"],
  rounds: 3,
  warmUp: 0,
  count: 1,
  target: () => atLeast(0.5),
  setup: (environment) =>
    Effect.gen(function* () {
      const count = environment.quick ? quickParcelCount : parcelCount
      return { ...(yield* openBoard(environment, parcels, yield* filledParcels(environment, count))), count }
    }),
  ours: ({ url, manager, count }) => {
    const view = tracking(++version)
    const board = parcelsBoard(view)
    const buildView = Effect.gen(function* () {
      const services = yield* Layer.build(Layer.fresh(Nats.layer(board, { servers: url, replicas: 1 })))
      const { state } = yield* Effect.tryPromise(() => manager.streams.info("parcels"))
      const begin = performance.now()
      const context = yield* Layer.build(Layer.fresh(Views.layer(board).pipe(Layer.provide(DeadLetters.layer)))).pipe(
        Effect.provide(services)
      )
      const readRow = (id: number) => Context.get(context, Views.Views).get(view, { parcel: { id } }, state.last_seq)
      yield* readRow(count).pipe(
        Effect.retry({ while: ({ _tag }) => _tag === "ViewBehind" || _tag === "ViewRebuilding" }),
        Effect.timeout("15 minutes")
      )
      const millis = performance.now() - begin
      for (const id of [1, count >> 1, count]) {
        const { steps } = yield* readRow(id)
        if (steps !== eventsPerParcel) throw new Error(`parcel ${id} has ${steps} steps`)
      }
      return { value: ((count * eventsPerParcel) / millis) * 1000 }
    })
    const deleteView = Effect.tryPromise(async () => {
      await manager.consumers.delete("parcels", viewSubscription(board, view).name)
      await manager.streams.delete(`KV_${bucketOf(view)}`)
    })
    return Effect.scoped(buildView).pipe(Effect.tap(deleteView))
  },
  baseline: ({ js, manager, count }) =>
    Effect.tryPromise(async () => {
      const { name } = await manager.consumers.add("parcels", { ack_policy: "none", deliver_policy: "all" })
      const consumer = await js.consumers.get("parcels", name)
      const all = count * eventsPerParcel
      const begin = performance.now()
      let parsed = 0
      await new Promise<void>((resolve, reject) => {
        consumer
          .consume({
            max_messages: prefetch,
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
