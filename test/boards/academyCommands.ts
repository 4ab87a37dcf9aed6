import { Schema } from "effect"
import { Command, type Event, Projection, Read } from "#domain/model/index.ts"
import * as events from "./academyEvents.ts"
import { Course, CourseBoundary, GreetingBoundary, NameBoundary, Night, NightBoundary, Order } from "./academyEvents.ts"
import {
  OrderBoundary,
  Product,
  ProductBoundary,
  Room,
  ShopBoundary,
  Student,
  StudentBoundary
} from "./academyEvents.ts"

// The commands of the academy.

const { CourseOpened, NameClaimed, NameReleased, NightTaken, NotPossible, OrderPlaced, PriceSet } = events
const { ShopOpened, StudentGreeted, StudentRegistered, StudentSubscribed } = events

/** The most courses of one student. */
export const maxCourses = 5

/** How many of these events there are. */
const count = <const E extends Event.Any>(name: string, event: E) =>
  Projection.make({
    name,
    reads: [event],
    state: Schema.Int,
    initial: 0,
    evolve: { [event.identifier]: (count: number) => count + 1 } as any
  })

const Seats = Projection.make({
  name: "Seats",
  reads: [CourseOpened, StudentSubscribed],
  state: Schema.Int,
  initial: 0,
  evolve: { CourseOpened: (free, { capacity }) => free + capacity, StudentSubscribed: (free) => free - 1 }
})
const Load = count("Load", StudentSubscribed)
const Registrations = count("Registrations", StudentRegistered)
const Openings = count("Openings", ShopOpened)

const Claimed = Projection.make({
  name: "Claimed",
  reads: [NameClaimed, NameReleased],
  state: Schema.Boolean,
  initial: false,
  evolve: { NameClaimed: () => true, NameReleased: () => false }
})

const Price = Projection.make({
  name: "Price",
  reads: [PriceSet],
  state: Schema.Int,
  initial: 0,
  evolve: { PriceSet: (_, { price }) => price }
})

export const OpenCourse = Command.make({
  name: "OpenCourse",
  input: Schema.Struct({ course: Course, capacity: Schema.Int }),
  guards: { seats: Read.one(Seats, CourseBoundary) },
  emits: [CourseOpened],
  rejects: [],
  decide: (_, { capacity, course }) => [new CourseOpened({ course, capacity })]
})

export const Register = Command.make({
  name: "Register",
  input: Schema.Struct({ student: Student }),
  guards: { registrations: Read.one(Registrations, StudentBoundary) },
  emits: [StudentRegistered],
  rejects: [],
  decide: ({ registrations }, { student }) => (registrations > 0 ? [] : [new StudentRegistered({ student })])
})

const courseAndStudent = {
  input: Schema.Struct({ course: Course, student: Student }),
  guards: { load: Read.one(Load, StudentBoundary), seats: Read.one(Seats, CourseBoundary) }
} as const

export const Subscribe = Command.make({
  ...courseAndStudent,
  name: "Subscribe",
  emits: [StudentSubscribed],
  rejects: [NotPossible],
  decide: ({ load, seats }, { course, student }) => {
    if (seats <= 0) return new NotPossible({ why: "full" })
    return load >= maxCourses ? new NotPossible({ why: "load" }) : [new StudentSubscribed({ course, student })]
  }
})

/** Emits first an event of both boundaries, then one of the student. */
export const RegisterAndSubscribe = Command.make({
  ...courseAndStudent,
  name: "RegisterAndSubscribe",
  emits: [StudentSubscribed, StudentRegistered],
  rejects: [],
  decide: (_, { course, student }) => [new StudentSubscribed({ course, student }), new StudentRegistered({ student })]
})

/** Greets again each time. */
export const Greet = Command.make({
  name: "Greet",
  input: Schema.Struct({ course: Course, student: Student }),
  guards: { times: Read.one(count("Greetings", StudentGreeted), GreetingBoundary) },
  emits: [StudentGreeted],
  rejects: [],
  decide: ({ times }, { course, student }) => [new StudentGreeted({ course, student, times: times + 1 })]
})

export const ClaimName = Command.make({
  name: "ClaimName",
  input: Schema.Struct({ name: events.Name }),
  guards: { claimed: Read.one(Claimed, NameBoundary) },
  emits: [NameClaimed],
  rejects: [NotPossible],
  decide: ({ claimed }, { name }) => (claimed ? new NotPossible({ why: "taken" }) : [new NameClaimed({ name })])
})

export const Rename = Command.make({
  name: "Rename",
  input: Schema.Struct({ oldName: events.Name, newName: events.Name }),
  guards: {
    from: Read.at(Claimed, NameBoundary, { name: "oldName" }),
    to: Read.at(Claimed, NameBoundary, { name: "newName" })
  },
  emits: [NameReleased, NameClaimed],
  rejects: [NotPossible],
  decide: ({ from, to }, { newName, oldName }) => {
    if (!from) return new NotPossible({ why: "unclaimed" })
    if (to) return oldName === newName ? [] : new NotPossible({ why: "taken" })
    return [new NameReleased({ name: oldName }), new NameClaimed({ name: newName })]
  }
})

export const BookStay = Command.make({
  name: "BookStay",
  input: Schema.Struct({ room: Room, nights: Schema.Array(Night) }),
  guards: {
    nights: Read.each(
      count("Guests", NightTaken),
      NightBoundary,
      ({ nights, room }: { readonly room: typeof Room.Type; readonly nights: ReadonlyArray<number> }) =>
        nights.map((night) => ({ room, night }))
    )
  },
  emits: [NightTaken],
  rejects: [NotPossible],
  decide: ({ nights }) =>
    nights.some(({ state }) => state > 0)
      ? new NotPossible({ why: "taken" })
      : nights.map(({ key }) => new NightTaken(key))
})

export const SetPrice = Command.make({
  name: "SetPrice",
  input: Schema.Struct({ product: Product, price: Schema.Int }),
  guards: {
    price: Read.one(Price, ProductBoundary),
    changes: Read.one(count("Changes", PriceSet), events.CatalogueBoundary)
  },
  emits: [PriceSet],
  rejects: [],
  decide: (_, { price, product }) => [new PriceSet({ product, price })]
})

/** An order at a price that must still be the product's when it is stored. */
export const PlaceOrder = Command.make({
  name: "PlaceOrder",
  input: Schema.Struct({ order: Order, product: Product, price: Schema.Int }),
  guards: { orders: Read.one(count("Orders", OrderPlaced), OrderBoundary) },
  checks: { current: Read.one(Price, ProductBoundary) },
  trusts: { openings: Read.one(Openings, ShopBoundary) },
  emits: [OrderPlaced],
  rejects: [NotPossible],
  decide: ({ current, openings, orders }, { order, price, product }) => {
    if (openings === 0) return new NotPossible({ why: "closed" })
    if (orders > 0) return new NotPossible({ why: "placed" })
    return current === price
      ? [new OrderPlaced({ order, product, price })]
      : new NotPossible({ why: `costs ${current}` })
  }
})

export const OpenShop = Command.make({
  name: "OpenShop",
  input: Schema.Struct({}),
  guards: { openings: Read.one(Openings, ShopBoundary) },
  emits: [ShopOpened],
  rejects: [],
  decide: ({ openings }) => (openings > 0 ? [] : [new ShopOpened({})])
})
