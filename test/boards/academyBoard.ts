import { Schema } from "effect"
import { Actor, Board, type Boundary, type Command, Lane, Projection, Slice } from "#domain/model/index.ts"
import * as academy from "./academyCommands.ts"
import { CourseBoundary, GreetingBoundary, NameBoundary, NightBoundary } from "./academyEvents.ts"
import { OrderBoundary, ProductBoundary, ShopBoundary, StudentBoundary } from "./academyEvents.ts"
import * as events from "./academyEvents.ts"

// A board whose commands need several boundaries: a course and a student, an old and a new name, each night of a stay, an
// order at a price that must not change, in a shop that is trusted to be open.

const retention = { maxBytes: "64 MiB" } as const
const lane = <const B extends Boundary.Any>(prefix: string, boundary: B, events: ReadonlyArray<any>): Lane.Any =>
  Lane.make({ title: prefix, name: `academy-${prefix}`, prefix, boundary, events, retention })

const { CourseOpened, NameClaimed, NameReleased, NightTaken, OrderPlaced, PriceSet } = events
const { ShopOpened, StudentGreeted, StudentRegistered, StudentSubscribed } = events

const subscriptions = Lane.make({
  title: "Subscriptions",
  name: "academy-subscriptions",
  prefix: "subscriptions",
  boundary: CourseBoundary,
  also: [StudentBoundary],
  events: [StudentSubscribed],
  retention
})

const Subscriptions = Projection.make({
  name: "Subscriptions",
  reads: [StudentSubscribed],
  state: Schema.Struct({ courses: Schema.Int }),
  initial: { courses: 0 },
  evolve: { StudentSubscribed: ({ courses }) => ({ courses: courses + 1 }) }
})

const Anybody = Actor.make("Anybody")
const commandSlice = <C extends Command.Any>(path: string, command: C, when: Command.Input<C>, then: unknown) =>
  Slice.command({
    title: command.name,
    rules: ["it is done"],
    by: Anybody.puts(`/${path}`, command.name),
    command,
    scenarios: { "it is done": { given: [], when, then: then as ReturnType<C["decide"]> } }
  })

const [course, student, room, product, order] = [{ id: "c" }, { id: "s" }, { id: "r" }, { id: "p" }, { id: "o" }]

export const countSubscriptions = Slice.view({
  title: "A student sees the number of courses",
  rules: ["each subscription counts once"],
  by: Anybody.gets("/students/:student", "Courses"),
  shows: Subscriptions,
  key: { student: StudentBoundary.key.student },
  scenarios: {
    "each subscription counts once": {
      given: [new StudentSubscribed({ course, student })],
      at: { student },
      then: { courses: 1 }
    }
  }
})

export const greetStudents = Slice.automation({
  title: "A robot greets each student in each course",
  rules: ["a student is greeted"],
  name: "greet-students",
  by: Actor.make("Robot"),
  when: [StudentSubscribed],
  issues: academy.Greet,
  react: ({ course, student }) => [{ course, student }],
  scenarios: {
    "a student is greeted": {
      given: [],
      when: new StudentSubscribed({ course, student }),
      then: [new StudentGreeted({ course, student, times: 1 })]
    }
  }
})

export const academyBoard = Board.make({
  name: "academy",
  title: "Academy",
  lanes: [
    lane("courses", CourseBoundary, [CourseOpened]),
    lane("students", StudentBoundary, [StudentRegistered]),
    subscriptions,
    lane("greetings", GreetingBoundary, [StudentGreeted]),
    lane("names", NameBoundary, [NameClaimed, NameReleased]),
    lane("nights", NightBoundary, [NightTaken]),
    { ...lane("prices", ProductBoundary, [PriceSet]), also: [events.CatalogueBoundary] },
    lane("orders", OrderBoundary, [OrderPlaced]),
    lane("shop", ShopBoundary, [ShopOpened])
  ],
  slices: [
    commandSlice("open-course", academy.OpenCourse, { course, capacity: 3 }, [
      new CourseOpened({ course, capacity: 3 })
    ]),
    commandSlice("register", academy.Register, { student }, [new StudentRegistered({ student })]),
    commandSlice("subscribe", academy.Subscribe, { course, student }, new events.NotPossible({ why: "full" })),
    commandSlice("register-and-subscribe", academy.RegisterAndSubscribe, { course, student }, [
      new StudentSubscribed({ course, student }),
      new StudentRegistered({ student })
    ]),
    commandSlice("claim", academy.ClaimName, { name: "ann" }, [new NameClaimed({ name: "ann" })]),
    commandSlice(
      "rename",
      academy.Rename,
      { oldName: "a", newName: "b" },
      new events.NotPossible({ why: "unclaimed" })
    ),
    commandSlice("book-stay", academy.BookStay, { room, nights: [1] }, [new NightTaken({ room, night: 1 })]),
    commandSlice("set-price", academy.SetPrice, { product, price: 5 }, [new PriceSet({ product, price: 5 })]),
    commandSlice("order", academy.PlaceOrder, { order, product, price: 5 }, new events.NotPossible({ why: "closed" })),
    commandSlice("open-shop", academy.OpenShop, {}, [new ShopOpened({})]),
    countSubscriptions,
    greetStudents
  ],
  log: { maxBytes: "256 MiB", duplicateWindow: "2 minutes" },
  audit: { maxBytes: "64 MiB" }
})

/** The same with a short duplicate window, so that the server's detection of duplicates does not hide a missing one here. */
export const forgetfulAcademy: Board.Any = {
  ...academyBoard,
  log: { ...academyBoard.log, duplicateWindow: "100 millis" }
}
