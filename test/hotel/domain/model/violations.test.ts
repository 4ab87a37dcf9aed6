import { assert, describe, it } from "@effect/vitest"
import { Schema } from "effect"
import { RoomAdded } from "#domain/admin/RoomAdded.ts"
import { GuestCheckedIn } from "#domain/booking/GuestCheckedIn.ts"
import { RoomBooked } from "#domain/booking/RoomBooked.ts"
import { RoomBoundary, RoomNight } from "#domain/boundaries.ts"
import {
  Actor,
  type Board,
  Boundary,
  Command,
  Event,
  Lane,
  Validation,
  Projection,
  Read,
  Slice
} from "#domain/model/index.ts"
import { Client, Night, Room } from "#domain/values.ts"
import { courseExamples } from "#examples/courses/index.ts"
import { BookRoom } from "#features/hotel-booking/book-room/BookRoom.ts"
import { bookRoom } from "#features/hotel-booking/book-room/index.ts"
import { booking } from "#features/hotel-booking/booking/index.ts"
import { BookedBySomebodyElse, CheckIn } from "#features/hotel-booking/check-in/CheckIn.ts"
import { checkIn } from "#features/hotel-booking/check-in/index.ts"
import { cleanRoom } from "#features/hotel-booking/clean-room/index.ts"
import { hotelBooking } from "#features/hotel-booking/index.ts"
import { rooms } from "#features/hotel-booking/rooms/index.ts"
import { scheduleCleaning } from "#features/hotel-booking/schedule-cleaning/index.ts"
import { confirmReturns, lending, ReturnConfirmed } from "#test/boards/lendingBoard.ts"
import { BookIsOut, BookReturned, library } from "#test/boards/libraryBoard.ts"

describe("The rules of a board", () => {
  for (const board of [hotelBooking, courseExamples, library, lending]) {
    it(`${board.title} violates none`, () => assert.deepStrictEqual(Validation.violations(board), []))
  }
})

const hotel: Board.Any = hotelBooking
const [admin, bookingLane, cleanup] = hotel.lanes as [Lane.Any, Lane.Any, Lane.Any]

/** The hotel with one slice changed. The changes need not satisfy the compiler, as in a board that was cast. */
const withSlice = (old: Slice.Any, overrides: object): Board.Any => ({
  ...hotel,
  slices: hotel.slices.map((slice) => (slice === old ? ({ ...slice, ...overrides } as Slice.Any) : slice))
})

/** The hotel with one lane changed. */
const withLane = (old: Lane.Any, overrides: object): Board.Any => ({
  ...hotel,
  lanes: hotel.lanes.map((lane) => (lane === old ? { ...lane, ...overrides } : lane))
})

/** The library with its message automation changed. */
const withMessages = (overrides: object): Board.Any => ({
  ...lending,
  slices: lending.slices.map((slice) => (slice === confirmReturns ? ({ ...slice, ...overrides } as Slice.Any) : slice))
})
const sends = (...messages: ReadonlyArray<unknown>) => withMessages({ sends: messages })

const { night } = BookRoom.guards
const { exists } = BookRoom.trusts!
const withCommand = (overrides: object) => withSlice(bookRoom, { command: { ...BookRoom, ...overrides } })
const withView = (overrides: object) => withSlice(booking, { shows: { ...booking.shows, ...overrides } })
const named = (name: string, fields: Schema.Struct.Fields = { room: Room, date: Night }, id?: string): Event.Any =>
  class extends Schema.TaggedClass<any>(id)(name, fields) {} as unknown as Event.Any
const withEvent = (event: Event.Any) => withLane(bookingLane, { events: [...bookingLane.events, event] })
const endpoint = (path: `/${string}`, method: "GET" | "PUT" = "PUT") => ({ by: { ...rooms.by, path, method } })

const [room, client, date] = [{ id: 1 }, { id: 1 }, Night.make("2022-12-12")]
const withScenario = (then: unknown) =>
  withSlice(bookRoom, {
    scenarios: { ...bookRoom.scenarios, planted: { given: [], when: { room, client, date }, then } }
  })

const withGiven = (event: unknown) =>
  withSlice(bookRoom, {
    scenarios: { ...bookRoom.scenarios, planted: { given: [event], when: { room, client, date }, then: [] } }
  })
const plantedCleaning = { given: [new RoomAdded({ room })], when: new RoomBooked({ room, client, date }), then: [] }

const boundaryWithRoom = (word: Schema.Top) =>
  Boundary.make({ name: "room-night", key: { room: word, date: Night } as any })
const reservedPaths = [
  "/",
  "/assets/a.js",
  "/health",
  "/health/live",
  "/docs",
  "/openapi.json",
  "/operations",
  "/events",
  "/facts",
  "/blueprint.json",
  "/blueprint.schema.json",
  "/views/booking",
  "/asyncapi.json",
  "/channels",
  "/live/session",
  "/metrics",
  "/schemas/RoomBooked/1",
  "/search",
  "/session",
  "/sign-in",
  "/streams"
] as const
const undeclared = named("RoomPainted")
const { evolve } = booking.shows

const violating: Record<string, ReadonlyArray<readonly [Board.Any, expected: string]>> = {
  "a name is in PascalCase": [
    [withCommand({ name: "bookRoom" }), 'The command "bookRoom" is not in PascalCase'],
    [withEvent(named("Room-Painted")), 'The event "Room-Painted" is not in PascalCase'],
    [withView({ name: "booking" }), 'The read model "booking" is not in PascalCase'],
    [withCommand({ rejects: [named("room_unknown")] }), 'The rejection "room_unknown" is not in PascalCase']
  ],
  "an element's name is unique": [
    [withCommand({ name: "RoomBooked" }), '"room-booked": the event RoomBooked and the command RoomBooked'],
    [withView({ name: "RoomAvailable" }), "the event RoomAvailable and the read model RoomAvailable"],
    [withCommand({ rejects: [named("RoomNotBooked")] }), "the rejection RoomNotBooked and the rejection RoomNotBooked"],
    [
      withCommand({ rejects: [...BookRoom.rejects, ...BookRoom.rejects] }),
      "BookRoom lists the rejection RoomUnknown twice"
    ]
  ],
  "two events never share a token": [
    [
      withLane(bookingLane, { events: [...bookingLane.events, named("HTTPAsked"), named("Httpasked")] }),
      '"httpasked": the event HTTPAsked and the event Httpasked'
    ]
  ],
  "a tag is the name": [
    [withEvent(named("RoomPainted", {}, "Paint")), 'Paint has the tag "RoomPainted"'],
    [withCommand({ rejects: [named("RoomGone", {}, "Gone")] }), 'Gone has the tag "RoomGone"']
  ],
  "an automation has a name of its own": [
    [
      { ...hotel, slices: [...hotel.slices, { ...scheduleCleaning, title: "Another bot" }] },
      'Another automation is named "schedule-cleaning" before "Another bot"'
    ]
  ],
  "names that NATS uses are legal there": [
    [{ ...hotel, name: "hotel.one" }, `The board's name is "hotel.one"`],
    [withLane(bookingLane, { name: "room booking" }), 'The name of the lane Booking is "room booking"'],
    [withLane(bookingLane, { prefix: "booking.>" }), 'The prefix of the lane Booking is "booking.>"'],
    [withLane(admin, { boundary: { ...admin.boundary, name: "*" } }), 'The name of a boundary is "*"'],
    [
      withSlice(scheduleCleaning, { name: "schedule." }),
      'name of the automation "Bot schedules cleaning for the date" is "'
    ],
    [{ ...hotel, name: "" }, `The board's name is ""`]
  ],
  "the board's name begins no other subjects": [
    [{ ...hotel, name: "cmd" }, 'The board is named "cmd"'],
    [{ ...hotel, name: "msg" }, 'The board is named "msg"']
  ],
  "an automation sends messages that are declared for it": [
    [withMessages({ sends: [], scenarios: {}, rules: [] }), "The automation confirm-returns sends no message"],
    [sends(ReturnConfirmed, ReturnConfirmed), "sends ReturnConfirmed twice"],
    [
      sends(ReturnConfirmed, BookReturned),
      "The automation confirm-returns sends BookReturned, which is an event of the board"
    ],
    [sends(ReturnConfirmed, BookIsOut), "sends BookIsOut, which is a rejection of the board"],
    [sends(ReturnConfirmed, named("Shelf", {})), "the read model Shelf and the message Shelf"],
    [sends(ReturnConfirmed, named("bookIsBack", {})), 'The message "bookIsBack" is not in PascalCase'],
    [
      withMessages({ scenarios: { ...confirmReturns.scenarios, other: { when: {}, then: [{ _tag: "Other" }] } } }),
      'The scenario "other" of the automation confirm-returns expects Other, which is not in its sends'
    ]
  ],
  "streams do not share a name": [
    [withLane(bookingLane, { name: "hotel" }), 'The lane Booking is named "hotel"'],
    [withLane(bookingLane, { name: "audit" }), 'The lane Booking is named "audit"'],
    [withLane(cleanup, { name: "room-booking" }), 'Another lane is named "room-booking" before Cleanup'],
    [withLane(cleanup, { prefix: "booking" }), 'Another lane has the prefix "booking" before Cleanup']
  ],
  "a boundary is declared once": [
    [
      withCommand({ guards: { night: { ...night, boundary: { ...RoomNight } } } }),
      'Two boundaries are named "room-night"'
    ],
    [withLane(cleanup, { boundary: { ...RoomNight } }), 'Two boundaries are named "room-night"']
  ],
  "an event is in one lane": [
    [
      withLane(cleanup, { events: [...cleanup.events, RoomBooked] }),
      "Another lane, or Cleanup itself, has RoomBooked before"
    ],
    [withEvent(RoomBooked), "Another lane, or Booking itself, has RoomBooked before"]
  ],
  "events in use are in a lane": [
    [withCommand({ emits: [RoomBooked, undeclared] }), "The command BookRoom emits RoomPainted, which is in no lane"],
    [
      withCommand({ guards: { night: { ...night, projection: { ...night.projection, reads: [undeclared] } } } }),
      "The state Occupancy of the command BookRoom reads RoomPainted, which is in no lane"
    ],
    [withView({ reads: [undeclared] }), "The read model Booking reads RoomPainted, which is in no lane"],
    [
      withSlice(scheduleCleaning, { when: [undeclared] }),
      "The automation schedule-cleaning reacts to RoomPainted, which is in no"
    ],
    [withView({ reads: [named("RoomBooked")] }), "The read model Booking reads RoomBooked, which is in no lane"]
  ],
  "a command guards the boundaries of the events that it emits": [
    [
      withCommand({ emits: [RoomBooked, RoomAdded] }),
      "The command BookRoom emits RoomAdded, which is found in room, but guards room-night: guard room too."
    ],
    [
      withLane(bookingLane, { also: [RoomBoundary] }),
      "The command BookRoom emits RoomBooked, which is found in room-night and room, but guards room-night: guard room too."
    ],
    [
      withCommand({ guards: {} }),
      "The command BookRoom emits RoomBooked, which is found in room-night, but guards nothing: guard room-night too."
    ]
  ],
  "a read finds its events in its boundary": [
    [
      withCommand({ trusts: { exists: { ...exists, boundary: RoomNight } } }),
      "The trusted read exists of the command BookRoom reads RoomAdded in the boundary room-night, where it is not found: " +
        "read it in room, or add room-night to also of the lane Admin."
    ],
    [
      withCommand({ guards: { night, other: { ...exists, boundary: RoomNight } } }),
      "The guard other of the command BookRoom reads RoomAdded in the boundary room-night, where it is not found"
    ],
    [
      withCommand({ checks: { exists: { ...night, boundary: RoomBoundary } }, trusts: {} }),
      "The check exists of the command BookRoom reads RoomBooked in the boundary room, where it is not found"
    ]
  ],
  "a read names words of its boundary": [
    [
      withCommand({ guards: { night: { ...night, fields: { day: "date" } } } }),
      "The guard night of the command BookRoom names the word day, which the boundary room-night does not have: " +
        "its words are room and date."
    ],
    [
      withCommand({ trusts: { exists: { ...exists, boundary: { name: "all", key: {} }, fields: { room: "room" } } } }),
      "The trusted read exists of the command BookRoom names the word room, which the boundary all does not have: " +
        "its words are none."
    ]
  ],
  "a command guards or emits something": [
    [
      withCommand({ guards: {}, emits: [] }),
      "The command BookRoom guards nothing and emits nothing: let it emit an event, and guard each boundary of that event."
    ]
  ],
  "the reads of a command have names of their own": [
    [
      withCommand({ checks: { night: exists } }),
      'The command BookRoom has another read named "night" before its check'
    ],
    [
      withCommand({ trusts: { night: exists } }),
      'The command BookRoom has another read named "night" before its trusted read'
    ]
  ],
  "a lane names each boundary once": [
    [withLane(bookingLane, { also: [RoomNight] }), "The lane Booking names the boundary room-night twice"]
  ],
  "every event is emitted": [[withEvent(undeclared), "No command emits RoomPainted"]],
  "a projection has a function for each event that it reads": [
    [withView({ evolve: { RoomBooked: evolve.RoomBooked } }), "Booking reads RoomAvailable but has no function for it"],
    [
      withView({ evolve: { ...evolve, RoomPainted: evolve.RoomBooked } }),
      "Booking has a function for RoomPainted in evolve"
    ],
    [withView({ reads: [...booking.shows.reads, RoomBooked] }), "Booking reads RoomBooked twice"],
    [
      withCommand({ guards: { night: { ...night, projection: { ...night.projection, evolve: {} } } } }),
      "Occupancy reads RoomBooked but has no function for it"
    ]
  ],
  "events carry the key of their boundary": [
    [
      withEvent(named("RoomPainted", { room: Room })),
      "The event RoomPainted has no date, which is part of the key of the boundary room-night"
    ],
    [
      withEvent(named("RoomPainted", { room: Room, date: Schema.String })),
      "The event RoomPainted has a date of another schema than the boundary room-night"
    ]
  ],
  "inputs carry the keys of the boundaries that their command reads": [
    [
      withCommand({ input: Schema.Struct({ room: Room, client: Client }) }),
      "The input of the command BookRoom has no date, which is part of the key of the boundary room-night"
    ],
    [
      withCommand({ guards: { night: { ...night, fields: { date: "newDate" } } } }),
      "The input of the command BookRoom has no newDate, which is part of the key of the boundary room-night"
    ],
    [
      withCommand({ input: Schema.Struct({ room: Schema.Struct(Room.fields), client: Client, date: Night }) }),
      "The input of the command BookRoom has a room of another schema than the boundary room:"
    ]
  ],
  "events carry the key of the rows that they change": [
    [
      withSlice(rooms, { key: { date: Night } }),
      "The event RoomAdded has no date, which is part of the key of a row of the read model Rooms"
    ]
  ],
  "a row has each field once": [
    [
      withView({ state: Schema.Struct({ ...booking.shows.state.fields, date: Night }) }),
      "The read model Booking has a date in its state"
    ],
    [
      withView({ state: Schema.Struct({ ...booking.shows.state.fields, position: Schema.Int }) }),
      "The read model Booking has a position in its state"
    ]
  ],
  "the key of a row avoids the query parameters of lists": [
    [withSlice(booking, { key: { room: Room, at: Night } }), 'A row of the read model Booking is named by "at", a word']
  ],
  "the words of a key are tokens": [
    [
      withLane(bookingLane, { boundary: boundaryWithRoom(Schema.String.check(Schema.isPattern(/^[^@ ]+@[^@ ]+$/u))) }),
      "The word room of the boundary room-night accepts text of any length: add Schema.isMaxLength"
    ],
    [
      withLane(bookingLane, { boundary: boundaryWithRoom(Schema.String.check(Schema.isMaxLength(5_000))) }),
      "The word room of the boundary room-night accepts text of 5000 characters: a token of a subject has at most 1024"
    ],
    [
      withCommand({ guards: { night: { ...night, boundary: boundaryWithRoom(Schema.Struct({ id: Schema.Date })) } } }),
      "The word room of the boundary room-night is neither text, a number, nor true or false"
    ],
    [
      withSlice(booking, { key: { room: Schema.Union([Schema.Int, Schema.Literal("suite")]), date: Night } }),
      "The word room of the read model Booking accepts numbers as well as text, which are encoded alike"
    ],
    [
      withSlice(booking, { key: { room: Schema.optionalKey(Schema.Int), date: Night } }),
      "The word room of the read model Booking may be left out"
    ],
    [
      withSlice(booking, { key: { room: Schema.String } }),
      "The word room of the read model Booking accepts text of any length"
    ]
  ],
  "a rule has a scenario": [
    [
      withSlice(bookRoom, { rules: ["the room is red"] }),
      'The rule "the room is red" of "User books the room" has no scenario'
    ],
    [
      withSlice(booking, { scenarios: { "a night nobody touched is free": {} } }),
      'The rule "availability must be known in real time" of "Guest checks in" has no scenario'
    ],
    [
      withSlice(cleanRoom, { rules: ["every room that was added is listed"] }),
      'The rule "every room that was added is listed" of "The team cleans the room" has no scenario'
    ]
  ],
  "a slice has a rule and a scenario": [
    [withSlice(bookRoom, { rules: [] }), '"User books the room" has no rule'],
    [withSlice(rooms, { scenarios: {} }), '"Guest looks at the rooms" has no scenario']
  ],
  "a path has the words of the key": [
    [
      withSlice(booking, endpoint("/rooms/:room", "GET")),
      'The path /rooms/:room of "Guest looks at a night" has no :date, a word of its key'
    ],
    [withSlice(rooms, endpoint("/rooms/:room", "GET")), '"Guest looks at the rooms" has a :room too many'],
    [withSlice(bookRoom, endpoint("/rooms/:room")), '"User books the room" has a :room too many'],
    [
      withSlice(booking, endpoint("/rooms/:room/nights/:date/:date", "GET")),
      '"Guest looks at a night" has a :date too many'
    ]
  ],
  "an endpoint belongs to one slice": [
    [
      withSlice(checkIn, endpoint("/mutation/book-room")),
      'the endpoint PUT /mutation/book-room before "Guest checks in"'
    ],
    [
      withSlice(rooms, endpoint("/rooms/:r/nights/:d", "GET")),
      'the endpoint GET /rooms/:room/nights/:date before "Guest looks at a night"'
    ]
  ],
  "an endpoint avoids the app's own paths": reservedPaths.map((path) => [
    withSlice(rooms, endpoint(path, "GET")),
    `The path ${path} of "Guest looks at the rooms" is the app's own`
  ]),
  "commands have PUT, views GET": [
    [
      withSlice(bookRoom, endpoint("/mutation/book-room", "GET")),
      'The endpoint of "User books the room" is a GET: make it PUT'
    ],
    [withSlice(rooms, endpoint("/rooms", "PUT")), 'The endpoint of "Guest looks at the rooms" is a PUT: make it GET']
  ],
  "the role of operators is no actor of the board": [
    [
      withSlice(rooms, { by: Actor.make("Operator").gets("/rooms", "Rooms") }),
      'An actor of "Guest looks at the rooms" is named Operator'
    ],
    [
      withSlice(bookRoom, {
        by: Actor.make("Guest").puts("/mutation/book-room", "Form", { also: [Actor.make("Operator")] })
      }),
      'An actor of "User books the room" is named Operator'
    ]
  ],
  "who sees a row is said by the view": [
    [
      withSlice(rooms, { by: Actor.make("Guest").gets("/rooms", "Rooms", { may: () => true }) }),
      'The endpoint of "Guest looks at the rooms" has a `may`'
    ]
  ],
  "a scenario expects a decision that its command may make": [
    [
      withScenario([new RoomBooked({ room, client, date: Night.make("2022-12-13") })]),
      "of room-night/1_2022-12-13, which is"
    ],
    [
      withScenario([new RoomAdded({ room })]),
      'The scenario "planted" of "User books the room" cannot come true. Its decide'
    ],
    [
      withScenario(new BookedBySomebodyElse({ room, date, client })),
      "BookedBySomebodyElse, which is not in its rejects"
    ],
    [
      withScenario(Array.from({ length: 1_001 }, () => new RoomBooked({ room, client, date }))),
      "too many events in one command"
    ]
  ],
  "a scenario is given events that its command reads there": [
    [
      withGiven(new RoomBooked({ room, client, date: Night.make("2022-12-13") })),
      'The scenario "planted" of "User books the room" is given a RoomBooked of room-night/1_2022-12-13, which BookRoom does ' +
        "not read there: remove it, or give it the key of what the command reads."
    ],
    [
      withGiven(new GuestCheckedIn({ room, client, date })),
      "is given a GuestCheckedIn of room-night/1_2022-12-12, which"
    ],
    [
      withSlice(scheduleCleaning, { scenarios: { planted: plantedCleaning } }),
      'The scenario "planted" of "Bot schedules cleaning for the date" is given a RoomAdded of room/1, which ScheduleCleaning'
    ]
  ],
  "a command and a read model have one slice": [
    [
      { ...hotel, slices: [...hotel.slices, { ...bookRoom, ...endpoint("/again"), title: "Once more" }] },
      'Another slice has the command BookRoom before "Once more"'
    ],
    [
      { ...hotel, slices: [...hotel.slices, { ...rooms, ...endpoint("/again", "GET"), title: "Once more" }] },
      'Another slice shows Rooms before "Once more"'
    ]
  ]
}

describe("Each violation is reported with the names involved:", () => {
  for (const [rule, cases] of Object.entries(violating)) {
    it(rule, () => {
      for (const [board, expected] of cases) {
        const violations = Validation.violations(board)
        assert.isTrue(
          violations.some((sentence) => sentence.includes(expected)),
          `Expected "${expected}", got:\n${violations.join("\n")}`
        )
      }
    })
  }

  it("paths that only resemble the app's own are allowed", () => {
    for (const path of ["/healthy", "/docs-of-rooms", "/event"] as const) {
      assert.deepStrictEqual(Validation.violations(withSlice(rooms, endpoint(path, "GET"))), [])
    }
  })

  it("commands may share a rejection, and a command may have an automation besides its endpoint", () => {
    assert.deepStrictEqual(
      Validation.violations(withCommand({ rejects: [...BookRoom.rejects, ...CheckIn.rejects] })),
      []
    )
    const bot = {
      ...scheduleCleaning,
      name: "book",
      title: "Bot books",
      issues: BookRoom,
      rules: ["it is booked"],
      scenarios: { "it is booked": { given: [new RoomBooked({ room, client, date })], when: {}, then: [] } },
      react: () => [{ room, client, date }]
    }
    const slices = [...hotel.slices, bot as unknown as Slice.Any]
    assert.deepStrictEqual(Validation.violations({ ...hotel, slices }), [])
  })
})

it("the smallest board that can run violates no rule", () => {
  class LightSwitched extends Schema.TaggedClass<LightSwitched>()("LightSwitched", {}) {}
  const Light = Boundary.make({ name: "light", key: {} })
  const Switching = Projection.make({
    name: "Switching",
    reads: [LightSwitched],
    state: Schema.Int,
    initial: 0,
    evolve: { LightSwitched: (times) => times + 1 }
  })
  const SwitchLight = Command.make({
    name: "SwitchLight",
    input: Schema.Struct({}),
    guards: { times: Read.one(Switching, Light) },
    emits: [LightSwitched],
    rejects: [],
    decide: () => [new LightSwitched({})]
  })
  const board: Board.Any = {
    name: "house",
    title: "House",
    lanes: [
      Lane.make({
        title: "Lights",
        name: "lights",
        prefix: "lights",
        boundary: Light,
        events: [LightSwitched],
        retention: { maxBytes: "1 MiB" }
      })
    ],
    slices: [
      Slice.command({
        title: "Somebody switches the light",
        rules: ["it is switched"],
        by: Actor.make("Somebody").puts("/light", "Switch"),
        command: SwitchLight,
        scenarios: { "it is switched": { given: [], when: {}, then: [new LightSwitched({})] } }
      })
    ],
    log: { maxBytes: "1 MiB" },
    audit: { maxBytes: "1 MiB" }
  }
  assert.deepStrictEqual(Validation.violations(board), [])
})
