import { Effect, Layer } from "effect"
import { hotelBooking } from "#features/hotel-booking/index.ts"
import * as Memory from "#layers/memory/memoryServices.ts"
import { commandsOn } from "../environment.ts"
import { type Environment, make, type Measure, throughput } from "../Measure.ts"
import { perSecond, perSecondOfPromises } from "../timing.ts"
import { addRooms, book, openHotel, roomCount } from "./hotelFixture.ts"
import { Nights } from "./nights.ts"
import { emmett, type Peer } from "./peers/install.ts"
import { postgres } from "./peers/postgres.ts"

const withRooms = (peer: Peer) =>
  Effect.tryPromise(async () => {
    for (let id = 1; id <= roomCount; id++) await peer.addRoom({ id })
    return peer
  })

/** A fresh store for each turn: Emmett's store in memory slows with each stream. */
const inMemory = Effect.fnUntraced(function* (_: Environment) {
  const { inMemory, version } = yield* emmett
  const services = yield* Layer.build(Layer.fresh(Memory.layer(hotelBooking)))
  const commands = yield* commandsOn(hotelBooking, { services })
  yield* addRooms(commands)
  return {
    commands,
    nights: new Nights(0, roomCount),
    settle: Effect.void,
    peer: Effect.suspend(() => withRooms(inMemory())),
    peersNights: new Nights(0, roomCount),
    version
  }
})

const onPostgres = Effect.fnUntraced(function* (environment: Environment) {
  const { onPostgres, version } = yield* emmett
  const server = yield* postgres(environment.sync === "always" ? "on" : "off")
  const { commands, nights, settle } = yield* openHotel(environment)
  const peer = yield* Effect.acquireRelease(
    Effect.sync(() => onPostgres(server.url)),
    ({ close }) => Effect.promise(close)
  )
  yield* withRooms(peer)
  return {
    commands,
    nights,
    settle,
    peer: Effect.succeed(peer),
    peersNights: new Nights(0, roomCount),
    version: `${version}, ${server.version}`
  }
})

interface World {
  readonly commands: Parameters<typeof book>[0]
  readonly nights: Nights
  readonly settle: Effect.Effect<unknown, unknown>
  readonly peer: Effect.Effect<Peer, unknown>
  readonly peersNights: Nights
  readonly version: string
}

const shared = {
  ...throughput,
  concurrency: [1, 64],
  rounds: 5,
  warmUp: 1000,
  ours: ({ commands, nights, version }: World, turn) => {
    const bookings = nights.take(turn.count)
    return Effect.map(
      perSecond(turn, (n) => book(commands, bookings[n]!)),
      (sample) => ({ ...sample, note: version })
    )
  },
  baseline: ({ peer, peersNights }: World, turn) => {
    const bookings = peersNights.take(turn.count)
    return Effect.flatMap(peer, (each) =>
      perSecondOfPromises(turn, async (n) => {
        if ((await each.book(bookings[n]!)) !== 1) throw new Error("expected one new event")
      })
    )
  },
  settle: ({ settle }: World) => settle
} satisfies Partial<Measure<World>>

/** The same decider on other stores. Not limits, but comparisons on the same hardware. */
export const peers: ReadonlyArray<Measure<any>> = [
  make<World>({
    ...shared,
    name: "peers-memory",
    title: "execute(BookRoom) on the memory layers",
    against: "Emmett in memory, a thousand bookings on a fresh store",
    syncs: ["none"],
    count: 1000,
    setup: inMemory
  }),
  make<World>({
    ...shared,
    name: "peers-postgres",
    title: "execute(BookRoom)",
    against: "Emmett on PostgreSQL, synchronous_commit on for sync always, off for 2m",
    setup: onPostgres
  })
]
