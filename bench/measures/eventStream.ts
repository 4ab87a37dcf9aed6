import { Effect } from "effect"
import { assertAccepted } from "../assertAccepted.ts"
import { bulkLoad } from "../bulkLoad.ts"
import { commandsOn, openBoard } from "../environment.ts"
import { atLeast, type Environment, make, throughput, type Turn } from "../Measure.ts"
import { clerk, deliveredEvent, DeliverParcel, depotEvents, loadedEvent, LoadParcel, parcels } from "../parcelsBoard.ts"
import { publish, type PreparedMessage, messageEncoder } from "../preparedMessages.ts"
import { readEventStream } from "../readEventStream.ts"
import { perSecond, perSecondOfPromises } from "../timing.ts"

const encodeRaw = messageEncoder(parcels)

const setup = Effect.fnUntraced(function* (environment: Environment) {
  const resources = yield* openBoard(environment, parcels)
  let last = 0
  const newParcels = (count: number) => Array.from({ length: count }, () => ({ id: ++last }))
  return { ...resources, commands: yield* commandsOn(parcels, resources), fresh: newParcels }
})
type World = Effect.Success<ReturnType<typeof setup>>

const messages = (parcel: { readonly id: number }, eventCount: number): ReadonlyArray<PreparedMessage> =>
  [...depotEvents(parcel), loadedEvent(parcel), deliveredEvent(parcel)]
    .slice(0, eventCount)
    .map((event, n) => encodeRaw(event, { command: "AcceptParcel", index: n + 1 }))

/** Parcels with this number of events in their event streams, written past this process's cache. */
const seedParcels = ({ nats, fresh: newParcels }: World, { count }: Turn, eventCount: number) =>
  Effect.tryPromise(async () => {
    const all = newParcels(count)
    await bulkLoad(
      nats,
      all.flatMap((parcel) => messages(parcel, eventCount))
    )
    return all
  })

const deliver = (commands: World["commands"], parcel: { readonly id: number }) =>
  commands.execute(DeliverParcel, { parcel }, { actor: clerk }).pipe(Effect.map(assertAccepted(1)))

const sixthMessage = (parcel: { readonly id: number }) =>
  encodeRaw(deliveredEvent(parcel), { command: "DeliverParcel", index: 6 })

/** The position of the fifth event of each parcel. */
const lastPositions = ({ manager }: World, turn: Turn, all: ReadonlyArray<{ readonly id: number }>) =>
  Effect.map(
    Effect.forEach(
      all,
      (parcel) => Effect.tryPromise(() => readEventStream(manager.direct, "parcels", sixthMessage(parcel).filter)),
      { concurrency: Math.max(64, turn.concurrency) }
    ),
    (found) => found.map(({ seq }) => seq)
  )

const shared = {
  ...throughput,
  maxCount: 4000,
  concurrency: [1, 64],
  setup,
  settle: ({ settle }: World) => settle
} as const

export const cachedStream = make({
  ...shared,
  name: "place-remembered",
  title: "execute on an event stream with 5 events, cached",
  against: "js.publish of the sixth with the same expected sequence",
  target: () => atLeast(0.8),
  ours: (world, turn) =>
    Effect.gen(function* () {
      const all = yield* seedParcels(world, turn, 4)
      yield* Effect.forEach(
        all,
        (parcel) =>
          world.commands.execute(LoadParcel, { parcel }, { actor: clerk }).pipe(Effect.map(assertAccepted(1))),
        { concurrency: 64, discard: true }
      )
      yield* world.settle
      return yield* perSecond(turn, (n) => deliver(world.commands, all[n]!))
    }),
  baseline: (world, turn) =>
    Effect.gen(function* () {
      const all = yield* seedParcels(world, turn, 5)
      const expected = yield* lastPositions(world, turn, all)
      const sixths = all.map(sixthMessage)
      yield* world.settle
      return yield* perSecondOfPromises(turn, (n) => publish(world.js, sixths[n]!, expected[n]!))
    })
})

export const uncachedStream = make({
  ...shared,
  name: "place-forgotten",
  title: "execute on an event stream with 5 events, not cached",
  against: "one direct read of the event stream, then js.publish",
  target: () => atLeast(0.7),
  ours: (world, turn) =>
    Effect.gen(function* () {
      const all = yield* seedParcels(world, turn, 5)
      const commands = yield* commandsOn(parcels, world)
      yield* world.settle
      return yield* perSecond(turn, (n) => deliver(commands, all[n]!))
    }).pipe(Effect.scoped),
  baseline: (world, turn) =>
    Effect.gen(function* () {
      const sixths = (yield* seedParcels(world, turn, 5)).map(sixthMessage)
      yield* world.settle
      return yield* perSecondOfPromises(turn, async (n) => {
        const message = sixths[n]!
        const { seq, count } = await readEventStream(world.manager.direct, "parcels", message.filter)
        if (count !== 5) throw new Error(`expected 5 events, found ${count}`)
        await publish(world.js, message, seq)
      })
    })
})
