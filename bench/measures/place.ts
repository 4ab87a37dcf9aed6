import { Effect } from "effect"
import { accepted } from "../accepted.ts"
import { clerk, delivered, DeliverParcel, inTheDepot, loaded, LoadParcel, parcels } from "../board.ts"
import { fill } from "../fill.ts"
import { commandsOn, opened } from "../ground.ts"
import { atLeast, type Ground, make, throughput, type Turn } from "../Measure.ts"
import { publish, type Raw, rawOf } from "../raw.ts"
import { readPlace } from "../readPlace.ts"
import { perSecond, perSecondOfPromises } from "../timing.ts"

const raw = rawOf(parcels)

const setup = Effect.fnUntraced(function* (ground: Ground) {
  const all = yield* opened(ground, parcels)
  let last = 0
  const fresh = (count: number) => Array.from({ length: count }, () => ({ id: ++last }))
  return { ...all, commands: yield* commandsOn(parcels, all), fresh }
})
type World = Effect.Success<ReturnType<typeof setup>>

const messages = (parcel: { readonly id: number }, facts: number): ReadonlyArray<Raw> =>
  [...inTheDepot(parcel), loaded(parcel), delivered(parcel)]
    .slice(0, facts)
    .map((fact, n) => raw(fact, { command: "AcceptParcel", index: n + 1 }))

/** Parcels whose places have so many facts, written without this process knowing of it. */
const known = ({ nats, fresh }: World, { count }: Turn, facts: number) =>
  Effect.tryPromise(async () => {
    const all = fresh(count)
    await fill(
      nats,
      all.flatMap((parcel) => messages(parcel, facts))
    )
    return all
  })

const deliver = (commands: World["commands"], parcel: { readonly id: number }) =>
  commands.execute(DeliverParcel, { parcel }, { actor: clerk }).pipe(Effect.map(accepted(1)))

const sixth = (parcel: { readonly id: number }) => raw(delivered(parcel), { command: "DeliverParcel", index: 6 })

/** The position of the fifth fact of each. */
const positions = ({ manager }: World, turn: Turn, all: ReadonlyArray<{ readonly id: number }>) =>
  Effect.map(
    Effect.forEach(
      all,
      (parcel) => Effect.tryPromise(() => readPlace(manager.direct, "parcels", sixth(parcel).filter)),
      { concurrency: Math.max(64, turn.concurrency) }
    ),
    (found) => found.map(({ seq }) => seq)
  )

const shared = {
  ...throughput,
  most: 4000,
  concurrency: [1, 64],
  setup,
  settle: ({ settle }: World) => settle
} as const

export const placeRemembered = make({
  ...shared,
  name: "place-remembered",
  title: "execute on a place with 5 facts, remembered",
  against: "js.publish of the sixth with the same guard",
  reach: () => atLeast(0.8),
  ours: (world, turn) =>
    Effect.gen(function* () {
      const all = yield* known(world, turn, 4)
      yield* Effect.forEach(
        all,
        (parcel) => world.commands.execute(LoadParcel, { parcel }, { actor: clerk }).pipe(Effect.map(accepted(1))),
        { concurrency: 64, discard: true }
      )
      yield* world.settle
      return yield* perSecond(turn, (n) => deliver(world.commands, all[n]!))
    }),
  limit: (world, turn) =>
    Effect.gen(function* () {
      const all = yield* known(world, turn, 5)
      const at = yield* positions(world, turn, all)
      const sixths = all.map(sixth)
      yield* world.settle
      return yield* perSecondOfPromises(turn, (n) => publish(world.js, sixths[n]!, at[n]!))
    })
})

export const placeForgotten = make({
  ...shared,
  name: "place-forgotten",
  title: "execute on a place with 5 facts, not remembered",
  against: "one direct read of the place, then js.publish",
  reach: () => atLeast(0.7),
  ours: (world, turn) =>
    Effect.gen(function* () {
      const all = yield* known(world, turn, 5)
      const commands = yield* commandsOn(parcels, world)
      yield* world.settle
      return yield* perSecond(turn, (n) => deliver(commands, all[n]!))
    }).pipe(Effect.scoped),
  limit: (world, turn) =>
    Effect.gen(function* () {
      const sixths = (yield* known(world, turn, 5)).map(sixth)
      yield* world.settle
      return yield* perSecondOfPromises(turn, async (n) => {
        const message = sixths[n]!
        const { seq, count } = await readPlace(world.manager.direct, "parcels", message.filter)
        if (count !== 5) throw new Error(`expected 5 facts, found ${count}`)
        await publish(world.js, message, seq)
      })
    })
})
