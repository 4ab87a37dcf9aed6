import { Schema } from "effect"
import { Actor, Board, Boundary, Command, Lane, Projection, Read, Slice } from "#domain/model/index.ts"

// A board for measures that the hotel has too few events for: an event stream with five types, a view of very many events.

const Parcel = Schema.Struct({ id: Schema.Int.check(Schema.isBetween({ minimum: 1, maximum: 99_999_999 })) })
const Town = Schema.String.check(Schema.isPattern(/^[a-z]{1,20}$/u))

export class ParcelAccepted extends Schema.TaggedClass<ParcelAccepted>()("ParcelAccepted", {
  parcel: Parcel,
  at: Town
}) {}
export class ParcelWeighed extends Schema.TaggedClass<ParcelWeighed>()("ParcelWeighed", {
  parcel: Parcel,
  grams: Schema.Int
}) {}
export class ParcelLabelled extends Schema.TaggedClass<ParcelLabelled>()("ParcelLabelled", {
  parcel: Parcel,
  to: Town
}) {}
export class ParcelSorted extends Schema.TaggedClass<ParcelSorted>()("ParcelSorted", {
  parcel: Parcel,
  chute: Schema.Int
}) {}
export class ParcelLoaded extends Schema.TaggedClass<ParcelLoaded>()("ParcelLoaded", {
  parcel: Parcel,
  van: Schema.Int
}) {}
export class ParcelDelivered extends Schema.TaggedClass<ParcelDelivered>()("ParcelDelivered", {
  parcel: Parcel,
  at: Town
}) {}

export class ParcelNotReady extends Schema.TaggedClass<ParcelNotReady>()("ParcelNotReady", { parcel: Parcel }) {}

const ParcelBoundary = Boundary.make({ name: "parcel", key: { parcel: Parcel } })

const Depot = Lane.make({
  title: "Depot",
  name: "parcel-depot",
  prefix: "depot",
  boundary: ParcelBoundary,
  events: [ParcelAccepted, ParcelWeighed, ParcelLabelled, ParcelSorted],
  retention: { maxBytes: "4 GiB" }
})
const Road = Lane.make({
  title: "Road",
  name: "parcel-road",
  prefix: "road",
  boundary: ParcelBoundary,
  events: [ParcelLoaded, ParcelDelivered],
  retention: { maxBytes: "4 GiB" }
})

const Journey = Projection.make({
  name: "Journey",
  reads: [ParcelAccepted, ParcelWeighed, ParcelLabelled, ParcelSorted, ParcelLoaded, ParcelDelivered],
  state: Schema.Struct({ done: Schema.Array(Schema.String), grams: Schema.Int, to: Schema.String }),
  initial: { done: [], grams: 0, to: "" },
  evolve: {
    ParcelAccepted: (journey) => ({ ...journey, done: [...journey.done, "accepted"] }),
    ParcelWeighed: (journey, { grams }) => ({ ...journey, grams, done: [...journey.done, "weighed"] }),
    ParcelLabelled: (journey, { to }) => ({ ...journey, to, done: [...journey.done, "labelled"] }),
    ParcelSorted: (journey) => ({ ...journey, done: [...journey.done, "sorted"] }),
    ParcelLoaded: (journey) => ({ ...journey, done: [...journey.done, "loaded"] }),
    ParcelDelivered: (journey) => ({ ...journey, done: [...journey.done, "delivered"] })
  }
})

const input = Schema.Struct({ parcel: Parcel })

const AcceptParcel = Command.make({
  name: "AcceptParcel",
  input,
  guards: { state: Read.one(Journey, ParcelBoundary) },
  emits: [ParcelAccepted, ParcelWeighed, ParcelLabelled, ParcelSorted],
  rejects: [],
  decide: ({ state: { done } }, { parcel }) => (done.length > 0 ? [] : depotEvents(parcel))
})

export const LoadParcel = Command.make({
  name: "LoadParcel",
  input,
  guards: { state: Read.one(Journey, ParcelBoundary) },
  emits: [ParcelLoaded],
  rejects: [ParcelNotReady],
  decide: ({ state: { done } }, { parcel }) =>
    done.length === 4 ? [new ParcelLoaded({ parcel, van: 7 })] : new ParcelNotReady({ parcel })
})

/** Appends the sixth event, which depends on the five before. */
export const DeliverParcel = Command.make({
  name: "DeliverParcel",
  input,
  guards: { state: Read.one(Journey, ParcelBoundary) },
  emits: [ParcelDelivered],
  rejects: [ParcelNotReady],
  decide: ({ state: { done, to } }, { parcel }) =>
    done.length === 5 ? [new ParcelDelivered({ parcel, at: to })] : new ParcelNotReady({ parcel })
})

export const Tracking = Projection.make({
  name: "Tracking",
  reads: [ParcelAccepted, ParcelWeighed, ParcelLabelled, ParcelSorted, ParcelLoaded, ParcelDelivered],
  state: Schema.Struct({ last: Schema.String, grams: Schema.Int, steps: Schema.Int }),
  initial: { last: "nowhere", grams: 0, steps: 0 },
  evolve: {
    ParcelAccepted: (row, { at }) => ({ ...row, last: at, steps: row.steps + 1 }),
    ParcelWeighed: (row, { grams }) => ({ ...row, grams, last: "scales", steps: row.steps + 1 }),
    ParcelLabelled: (row) => ({ ...row, last: "labels", steps: row.steps + 1 }),
    ParcelSorted: (row) => ({ ...row, last: "chute", steps: row.steps + 1 }),
    ParcelLoaded: (row) => ({ ...row, last: "van", steps: row.steps + 1 }),
    ParcelDelivered: (row, { at }) => ({ ...row, last: at, steps: row.steps + 1 })
  }
})

type ParcelId = typeof Parcel.Type

export const depotEvents = (parcel: ParcelId) => [
  new ParcelAccepted({ parcel, at: "north" }),
  new ParcelWeighed({ parcel, grams: 1250 }),
  new ParcelLabelled({ parcel, to: "south" }),
  new ParcelSorted({ parcel, chute: 12 })
]
export const loadedEvent = (parcel: ParcelId) => new ParcelLoaded({ parcel, van: 7 })
export const deliveredEvent = (parcel: ParcelId) => new ParcelDelivered({ parcel, at: "south" })

const Clerk = Actor.make("Clerk")
export const clerk = Clerk.name
const parcel = { id: 1 }

/** A slice with a view. Its `version` is in the names of bucket and consumer, so another version is rebuilt from the log. */
export const tracking = (version: number) =>
  Slice.view({
    title: "Clerk looks for a parcel",
    rules: ["a parcel is where it was last seen"],
    by: Clerk.gets("/parcels/:parcel", "Parcels"),
    shows: { ...Tracking, version },
    key: { parcel: Parcel },
    scenarios: {
      "a parcel is where it was last seen": {
        given: depotEvents(parcel),
        at: { parcel },
        then: { last: "chute", grams: 1250, steps: 4 }
      }
    }
  })

const commandSlices = [
  Slice.command({
    title: "Clerk accepts a parcel",
    rules: ["a parcel is accepted once"],
    by: Clerk.puts("/accept", "Counter"),
    command: AcceptParcel,
    scenarios: { "a parcel is accepted once": { given: depotEvents(parcel), when: { parcel }, then: [] } }
  }),
  Slice.command({
    title: "Clerk loads a parcel",
    rules: ["only a sorted parcel is loaded"],
    by: Clerk.puts("/load", "Dock"),
    command: LoadParcel,
    scenarios: {
      "only a sorted parcel is loaded": { given: [], when: { parcel }, then: new ParcelNotReady({ parcel }) }
    }
  }),
  Slice.command({
    title: "Clerk delivers a parcel",
    rules: ["only a loaded parcel is delivered"],
    by: Clerk.puts("/deliver", "Van"),
    command: DeliverParcel,
    scenarios: {
      "only a loaded parcel is delivered": {
        given: [...depotEvents(parcel), loadedEvent(parcel)],
        when: { parcel },
        then: [deliveredEvent(parcel)]
      }
    }
  })
] as const

/** The board, with or without its view. */
export const parcelsBoard = (...views: ReadonlyArray<ReturnType<typeof tracking>>) =>
  Board.make({
    name: "parcels",
    title: "Parcels",
    lanes: [Depot, Road],
    slices: [...commandSlices, ...views],
    log: { maxBytes: "8 GiB", duplicateWindow: "10 minutes" },
    audit: { maxAge: "14 days", maxBytes: "8 GiB" }
  })

export const parcels = parcelsBoard()
