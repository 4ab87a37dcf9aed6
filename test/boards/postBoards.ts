import { Schema } from "effect"
import { Actor, Board, Boundary, Command, Event, Lane, Projection, Read, Slice } from "#domain/model/index.ts"

// One board at two times: what the first one has written, the second one reads. Every kind of change is there.

const Parcel = Schema.Struct({ id: Schema.String.check(Schema.isPattern(/^[a-z0-9]{1,20}$/u)) })
const Place = Schema.Struct({ id: Schema.String.check(Schema.isPattern(/^[a-z]{1,20}$/u)) })

const TheParcel = Boundary.make({ name: "parcel", key: { parcel: Parcel } })
const Clerk = Actor.make("Clerk")
const Sorter = Actor.make("Sorter")

// As it was.

export class AcceptedV1 extends Schema.TaggedClass<AcceptedV1>()("ParcelAccepted", {
  parcel: Parcel,
  sender: Schema.String,
  weight: Schema.Int
}) {}
export class Reserved extends Schema.TaggedClass<Reserved>()("ParcelReserved", { parcel: Parcel }) {}
export class Moved extends Schema.TaggedClass<Moved>()("ParcelMoved", { parcel: Parcel, from: Place, to: Place }) {}
export class Scanned extends Schema.TaggedClass<Scanned>()("ParcelScanned", { parcel: Parcel }) {}
export class ParcelLost extends Schema.TaggedClass<ParcelLost>()("ParcelLost", { parcel: Parcel }) {}
export class OpenedV1 extends Schema.TaggedClass<OpenedV1>()("DepotOpened", { depot: Place }) {}

const Depot = Boundary.make({ name: "depot", key: { depot: Place } })
const lanes = {
  parcels: { title: "Parcels", name: "post-parcels", prefix: "parcels" },
  depots: { title: "Depots", name: "post-depots", prefix: "depots" }
}
const retention = { maxBytes: "16 MiB" } as const
const board = {
  name: "post",
  title: "Post office",
  log: { maxBytes: "32 MiB" },
  audit: { maxBytes: "16 MiB" }
} as const

const Written = Projection.make({
  name: "Written",
  reads: [AcceptedV1, Reserved, Moved, Scanned, ParcelLost],
  state: Schema.Struct({ count: Schema.Int }),
  initial: { count: 0 },
  evolve: {
    ParcelAccepted: ({ count }) => ({ count: count + 1 }),
    ParcelReserved: ({ count }) => ({ count: count + 1 }),
    ParcelMoved: ({ count }) => ({ count: count + 1 }),
    ParcelScanned: ({ count }) => ({ count: count + 1 }),
    ParcelLost: ({ count }) => ({ count: count + 1 })
  }
})

const WasOpened = Projection.make({
  name: "WasOpened",
  reads: [OpenedV1],
  state: Schema.Boolean,
  initial: false,
  evolve: { DepotOpened: () => true }
})

/** Emits all events of the first board. */
export const WriteAll = Command.make({
  name: "WriteAll",
  input: Schema.Struct({ parcel: Parcel, depot: Place }),
  guards: { written: Read.one(Written, TheParcel), depot: Read.one(WasOpened, Depot) },
  emits: [AcceptedV1, Reserved, Moved, Scanned, ParcelLost, OpenedV1],
  rejects: [],
  decide: (_, { depot, parcel }) => [
    new OpenedV1({ depot }),
    new AcceptedV1({ parcel, sender: "Ann Lee", weight: 500 }),
    new Reserved({ parcel }),
    new Scanned({ parcel }),
    new Moved({ parcel, from: depot, to: { id: "harbour" } }),
    new ParcelLost({ parcel })
  ]
})

class AcceptanceTold extends Schema.TaggedClass<AcceptanceTold>()("AcceptanceTold", { parcel: Parcel }) {}

export const postBefore = Board.make({
  ...board,
  lanes: [
    Lane.make({
      ...lanes.parcels,
      boundary: TheParcel,
      events: [AcceptedV1, Reserved, Moved, Scanned, ParcelLost],
      retention
    }),
    Lane.make({ ...lanes.depots, boundary: Depot, events: [OpenedV1], retention })
  ],
  slices: [
    Slice.command({
      title: "Clerk writes",
      rules: [],
      by: Clerk.puts("/write", "Desk"),
      command: WriteAll,
      scenarios: {}
    }),
    Slice.messageAutomation({
      title: "Sorter tells of a parcel",
      rules: [],
      name: "tell",
      by: Sorter,
      when: [AcceptedV1],
      sends: [AcceptanceTold],
      react: ({ parcel }) => [new AcceptanceTold({ parcel })],
      scenarios: {}
    }),
    Slice.view({
      title: "Clerk counts",
      rules: [],
      by: Clerk.gets("/written/:parcel", "Desk"),
      shows: Written,
      key: { parcel: Parcel },
      scenarios: {}
    })
  ]
})

// As it is now.

/** Its sender became two fields. */
class AcceptedV2 extends Schema.TaggedClass<AcceptedV2>()(
  "ParcelAccepted",
  { parcel: Parcel, firstName: Schema.String, lastName: Schema.String, weight: Schema.Int },
  { version: 2 }
) {}
/** Its weight was renamed, and a field was added. */
export class ParcelAccepted extends Schema.TaggedClass<ParcelAccepted>()(
  "ParcelAccepted",
  { parcel: Parcel, firstName: Schema.String, lastName: Schema.String, grams: Schema.Int, express: Schema.Boolean },
  { version: 3 }
) {}
export class ParcelBooked extends Schema.TaggedClass<ParcelBooked>()("ParcelBooked", { parcel: Parcel }) {}
export class ParcelLeft extends Schema.TaggedClass<ParcelLeft>()("ParcelLeft", { parcel: Parcel, place: Place }) {}
export class ParcelArrived extends Schema.TaggedClass<ParcelArrived>()("ParcelArrived", {
  parcel: Parcel,
  place: Place
}) {}
export class ParcelAnnounced extends Schema.TaggedClass<ParcelAnnounced>()("ParcelAnnounced", {
  parcel: Parcel,
  place: Place
}) {}
export class ParcelDescribed extends Schema.TaggedClass<ParcelDescribed>()("ParcelDescribed", {
  parcel: Parcel,
  text: Schema.String
}) {}
/** The word of its key was renamed. */
export class DepotOpened extends Schema.TaggedClass<DepotOpened>()("DepotOpened", { place: Place }, { version: 2 }) {}

const PlaceDepot = Boundary.make({ name: "depot", key: { place: Place } })

export const older = {
  acceptedV1: Event.older(AcceptedV1, {
    into: AcceptedV2,
    upcast: ({ parcel, sender, weight }) => {
      const [firstName = "", lastName = ""] = sender.split(" ", 2)
      return new AcceptedV2({ parcel, firstName, lastName, weight })
    }
  }),
  acceptedV2: Event.older(AcceptedV2, {
    into: ParcelAccepted,
    upcast: ({ firstName, lastName, parcel, weight }) =>
      new ParcelAccepted({ parcel, firstName, lastName, grams: weight, express: false })
  }),
  reserved: Event.older(Reserved, { into: ParcelBooked, upcast: ({ parcel }) => new ParcelBooked({ parcel }) }),
  moved: Event.older(Moved, {
    into: [ParcelLeft, ParcelArrived],
    upcast: ({ from, parcel, to }) => [
      new ParcelLeft({ parcel, place: from }),
      new ParcelArrived({ parcel, place: to })
    ]
  }),
  scanned: Event.older(Scanned, { into: [], upcast: () => [] }),
  openedV1: Event.older(OpenedV1, { into: DepotOpened, upcast: ({ depot }) => new DepotOpened({ place: depot }) })
}

/** All that is known of a parcel, in words. */
const Story = Projection.make({
  name: "Story",
  reads: [ParcelAccepted, ParcelBooked, ParcelLeft, ParcelArrived, ParcelLost, ParcelAnnounced],
  state: Schema.Struct({ words: Schema.Array(Schema.String) }),
  initial: { words: [] },
  evolve: {
    ParcelAccepted: ({ words }, { express, firstName, grams, lastName }) => ({
      words: [...words, `accepted of ${lastName}, ${firstName}: ${grams} g${express ? ", express" : ""}`]
    }),
    ParcelBooked: ({ words }) => ({ words: [...words, "booked"] }),
    ParcelLeft: ({ words }, { place }) => ({ words: [...words, `left ${place.id}`] }),
    ParcelArrived: ({ words }, { place }) => ({ words: [...words, `arrived at ${place.id}`] }),
    ParcelLost: ({ words }) => ({ words: [...words, "lost"] }),
    ParcelAnnounced: ({ words }, { place }) => ({ words: [...words, `announced at ${place.id}`] })
  }
})

/** What happened at a place: a stored move of a parcel concerns two of its rows. */
const Traffic = Projection.make({
  name: "Traffic",
  reads: [ParcelLeft, ParcelArrived, DepotOpened],
  state: Schema.Struct({ isOpen: Schema.Boolean, left: Schema.Int, arrived: Schema.Int }),
  initial: { isOpen: false, left: 0, arrived: 0 },
  evolve: {
    ParcelLeft: (row) => ({ ...row, left: row.left + 1 }),
    ParcelArrived: (row) => ({ ...row, arrived: row.arrived + 1 }),
    DepotOpened: (row) => ({ ...row, isOpen: true })
  }
})

const IsOpen = Projection.make({
  name: "IsOpen",
  reads: [DepotOpened],
  state: Schema.Boolean,
  initial: false,
  evolve: { DepotOpened: () => true }
})

/** Emits what it knows of the parcel. */
export const DescribeParcel = Command.make({
  name: "DescribeParcel",
  input: Schema.Struct({ parcel: Parcel, place: Place }),
  guards: { story: Read.one(Story, TheParcel) },
  checks: { isOpen: Read.one(IsOpen, PlaceDepot) },
  emits: [ParcelDescribed],
  rejects: [],
  decide: ({ isOpen, story }, { parcel }) => [
    new ParcelDescribed({ parcel, text: `${story.words.join("; ")}${isOpen ? "; depot open" : ""}` })
  ]
})

export const AcceptParcel = Command.make({
  name: "AcceptParcel",
  input: Schema.Struct({ parcel: Parcel, firstName: Schema.String, lastName: Schema.String, grams: Schema.Int }),
  guards: { story: Read.one(Story, TheParcel) },
  emits: [ParcelAccepted, ParcelBooked],
  rejects: [],
  decide: (_, input) => [new ParcelAccepted({ ...input, express: true }), new ParcelBooked(input)]
})

export const MoveParcel = Command.make({
  name: "MoveParcel",
  input: Schema.Struct({ parcel: Parcel, from: Place, to: Place }),
  guards: { story: Read.one(Story, TheParcel) },
  emits: [ParcelLeft, ParcelArrived],
  rejects: [],
  decide: (_, { from, parcel, to }) => [
    new ParcelLeft({ parcel, place: from }),
    new ParcelArrived({ parcel, place: to })
  ]
})

export const OpenDepot = Command.make({
  name: "OpenDepot",
  input: Schema.Struct({ place: Place }),
  guards: { isOpen: Read.one(IsOpen, PlaceDepot) },
  emits: [DepotOpened],
  rejects: [],
  decide: ({ isOpen }, { place }) => (isOpen ? [] : [new DepotOpened({ place })])
})

const AnnounceParcel = Command.make({
  name: "AnnounceParcel",
  input: Schema.Struct({ parcel: Parcel, place: Place }),
  guards: { story: Read.one(Story, TheParcel) },
  emits: [ParcelAnnounced],
  rejects: [],
  decide: (_, { parcel, place }) => [new ParcelAnnounced({ parcel, place })]
})

export const story = Slice.view({
  title: "Clerk tells of a parcel",
  rules: [],
  by: Clerk.gets("/stories/:parcel", "Desk"),
  shows: Story,
  key: { parcel: Parcel },
  scenarios: {}
})
export const traffic = Slice.view({
  title: "Clerk sees the traffic of a place",
  rules: [],
  by: Clerk.gets("/traffic/:place", "Desk"),
  shows: Traffic,
  key: { place: Place },
  scenarios: {}
})

const command = <C extends Command.Any>(title: string, path: `/${string}`, command: C) =>
  Slice.command({ title, rules: [], by: Clerk.puts(path, "Desk"), command, scenarios: {} } as never)

export const postNow = Board.make({
  ...board,
  lanes: [
    Lane.make({
      ...lanes.parcels,
      boundary: TheParcel,
      events: [ParcelAccepted, ParcelBooked, ParcelLeft, ParcelArrived, ParcelAnnounced, ParcelDescribed],
      retired: [ParcelLost],
      older: [older.acceptedV1, older.acceptedV2, older.reserved, older.moved, older.scanned],
      retention
    }),
    Lane.make({ ...lanes.depots, boundary: PlaceDepot, events: [DepotOpened], older: [older.openedV1], retention })
  ],
  slices: [
    command("Clerk describes", "/describe", DescribeParcel),
    command("Clerk accepts", "/accept", AcceptParcel),
    command("Clerk moves", "/move", MoveParcel),
    command("Clerk opens", "/open", OpenDepot),
    Slice.automation({
      title: "Sorter announces a parcel",
      rules: [],
      name: "announce",
      by: Sorter,
      when: [ParcelArrived],
      issues: AnnounceParcel,
      react: ({ parcel, place }) => [{ parcel, place }],
      scenarios: {}
    }),
    story,
    traffic
  ]
})
