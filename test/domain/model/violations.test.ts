import { assert, describe, it } from "@effect/vitest"
import { Schema } from "effect"
import { RoomAdded } from "#domain/admin/RoomAdded.ts"
import { RoomBooked } from "#domain/booking/RoomBooked.ts"
import { RoomNight } from "#domain/boundaries.ts"
import { Actor, type Board, Boundary, Command, Event, Lane, Laws, Projection, Slice } from "#domain/model/index.ts"
import { Client, Night, Room } from "#domain/values.ts"
import { BookRoom } from "#features/hotel-booking/book-room/BookRoom.ts"
import { bookRoom } from "#features/hotel-booking/book-room/index.ts"
import { booking } from "#features/hotel-booking/booking/index.ts"
import { BookedBySomebodyElse, CheckIn } from "#features/hotel-booking/check-in/CheckIn.ts"
import { checkIn } from "#features/hotel-booking/check-in/index.ts"
import { cleanRoom } from "#features/hotel-booking/clean-room/index.ts"
import { hotelBooking } from "#features/hotel-booking/index.ts"
import { rooms } from "#features/hotel-booking/rooms/index.ts"
import { scheduleCleaning } from "#features/hotel-booking/schedule-cleaning/index.ts"
import { library } from "#test/boards/libraryBoard.ts"

describe("The laws of a board", () => {
  for (const board of [hotelBooking, library]) {
    it(`${board.title} breaks none`, () => assert.deepStrictEqual(Laws.violations(board), []))
  }
})

const hotel: Board.Any = hotelBooking
const [admin, bookingLane, cleanup] = hotel.lanes as [Lane.Any, Lane.Any, Lane.Any]

/** The hotel, with one column written otherwise. What is planted may be nonsense to the compiler, as in a board cast by hand. */
const column = (old: Slice.Any, otherwise: object): Board.Any => ({
  ...hotel,
  slices: hotel.slices.map((slice) => (slice === old ? ({ ...slice, ...otherwise } as Slice.Any) : slice))
})

/** The hotel, with one row written otherwise. */
const row = (old: Lane.Any, otherwise: object): Board.Any => ({
  ...hotel,
  lanes: hotel.lanes.map((lane) => (lane === old ? { ...lane, ...otherwise } : lane))
})

const booking_ = (otherwise: object) => column(bookRoom, { command: { ...BookRoom, ...otherwise } })
const shown = (otherwise: object) => column(booking, { shows: { ...booking.shows, ...otherwise } })
const named = (name: string, fields: Schema.Struct.Fields = { room: Room, date: Night }, id?: string): Event.Any =>
  class extends Schema.TaggedClass<any>(id)(name, fields) {} as unknown as Event.Any
const withFact = (fact: Event.Any) => row(bookingLane, { events: [...bookingLane.events, fact] })
const opens = (path: `/${string}`, method: "GET" | "PUT" = "PUT") => ({ by: { ...bookRoom.by, path, method } })

const [room, client, date] = [{ id: 1 }, { id: 1 }, Night.make("2022-12-12")]
const tells = (then: unknown) =>
  column(bookRoom, { scenarios: { ...bookRoom.scenarios, planted: { given: [], when: { room, client, date }, then } } })

const Key = (word: Schema.Top) => Boundary.make({ name: "room-night", key: { room: word, date: Night } as any })
const appsOwn = [
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
  "/views/booking"
] as const
const nowhere = named("RoomPainted")
const { evolve } = booking.shows

const planted: Record<string, ReadonlyArray<readonly [Board.Any, says: string]>> = {
  "a name is in PascalCase": [
    [booking_({ name: "bookRoom" }), 'The command "bookRoom" is not in PascalCase'],
    [withFact(named("Room-Painted")), 'The fact "Room-Painted" is not in PascalCase'],
    [shown({ name: "booking" }), 'The read model "booking" is not in PascalCase'],
    [booking_({ rejects: [named("room_unknown")] }), 'The refusal "room_unknown" is not in PascalCase']
  ],
  "a name stands once": [
    [booking_({ name: "RoomBooked" }), '"room-booked": the fact RoomBooked and the command RoomBooked'],
    [shown({ name: "RoomAvailable" }), "the fact RoomAvailable and the read model RoomAvailable"],
    [booking_({ rejects: [named("RoomNotBooked")] }), "the refusal RoomNotBooked and the refusal RoomNotBooked"],
    [booking_({ rejects: [...BookRoom.rejects, ...BookRoom.rejects] }), "BookRoom lists the refusal RoomUnknown twice"]
  ],
  "two facts never share a token": [
    [
      row(bookingLane, { events: [...bookingLane.events, named("HTTPAsked"), named("Httpasked")] }),
      '"httpasked": the fact HTTPAsked and the fact Httpasked'
    ]
  ],
  "a tag is the name": [
    [withFact(named("RoomPainted", {}, "Paint")), 'Paint has the tag "RoomPainted"'],
    [booking_({ rejects: [named("RoomGone", {}, "Gone")] }), 'Gone has the tag "RoomGone"']
  ],
  "an automation has a name of its own": [
    [
      { ...hotel, slices: [...hotel.slices, { ...scheduleCleaning, title: "Another bot" }] },
      'Another automation is named "schedule-cleaning" before "Another bot"'
    ]
  ],
  "what NATS is to know is legal there": [
    [{ ...hotel, name: "hotel.one" }, `The board's name is "hotel.one"`],
    [row(bookingLane, { name: "room booking" }), 'The name of the lane Booking is "room booking"'],
    [row(bookingLane, { prefix: "booking.>" }), 'The prefix of the lane Booking is "booking.>"'],
    [row(admin, { boundary: { ...admin.boundary, name: "*" } }), 'The name of a boundary is "*"'],
    [
      column(scheduleCleaning, { name: "schedule." }),
      'name of the automation "Bot schedules cleaning for the date" is "'
    ],
    [{ ...hotel, name: "" }, `The board's name is ""`]
  ],
  "streams do not share a name": [
    [row(bookingLane, { name: "hotel" }), 'The lane Booking is named "hotel"'],
    [row(bookingLane, { name: "audit" }), 'The lane Booking is named "audit"'],
    [row(cleanup, { name: "room-booking" }), 'Another lane is named "room-booking" before Cleanup'],
    [row(cleanup, { prefix: "booking" }), 'Another lane has the prefix "booking" before Cleanup']
  ],
  "a boundary is declared once": [
    [booking_({ guards: { ...RoomNight } }), 'Two boundaries are named "room-night"'],
    [row(cleanup, { boundary: { ...RoomNight } }), 'Two boundaries are named "room-night"']
  ],
  "a fact is in one lane": [
    [
      row(cleanup, { events: [...cleanup.events, RoomBooked] }),
      "Another lane, or Cleanup itself, has RoomBooked before"
    ],
    [withFact(RoomBooked), "Another lane, or Booking itself, has RoomBooked before"]
  ],
  "facts in use are in a lane": [
    [booking_({ emits: [RoomBooked, nowhere] }), "The command BookRoom emits RoomPainted, which is in no lane"],
    [
      booking_({ state: { ...BookRoom.state, reads: [nowhere] } }),
      "The state Vacancy of the command BookRoom reads RoomPainted, which is in no lane"
    ],
    [shown({ reads: [nowhere] }), "The read model Booking reads RoomPainted, which is in no lane"],
    [
      column(scheduleCleaning, { when: [nowhere] }),
      "The automation schedule-cleaning reacts to RoomPainted, which is in no"
    ],
    [shown({ reads: [named("RoomBooked")] }), "The read model Booking reads RoomBooked, which is in no lane"]
  ],
  "a command changes what it guards": [
    [booking_({ emits: [RoomBooked, RoomAdded] }), "The command BookRoom guards room-night but emits RoomAdded"]
  ],
  "every fact is reached": [[withFact(nowhere), "No command emits RoomPainted"]],
  "a projection has a line for each fact it reads": [
    [shown({ evolve: { RoomBooked: evolve.RoomBooked } }), "Booking reads RoomAvailable but has no line for it"],
    [shown({ evolve: { ...evolve, RoomPainted: evolve.RoomBooked } }), "Booking has a line for RoomPainted in evolve"],
    [shown({ reads: [...booking.shows.reads, RoomBooked] }), "Booking reads RoomBooked twice"],
    [
      booking_({ state: { ...BookRoom.state, evolve: { RoomBooked: () => BookRoom.state.initial } } }),
      "Vacancy reads RoomAdded but has no line for it"
    ]
  ],
  "facts carry the key of their boundary": [
    [
      withFact(named("RoomPainted", { room: Room })),
      "The fact RoomPainted has no date, by which the boundary room-night is"
    ],
    [
      withFact(named("RoomPainted", { room: Room, date: Schema.String })),
      "The fact RoomPainted has a date of another schema than the boundary room-night"
    ]
  ],
  "inputs carry the keys of what their command reads": [
    [
      booking_({ input: Schema.Struct({ room: Room, client: Client }) }),
      "The input of the command BookRoom has no date, by which the boundary room-night is named"
    ],
    [
      booking_({ input: Schema.Struct({ room: Schema.Struct(Room.fields), client: Client, date: Night }) }),
      "The input of the command BookRoom has a room of another schema than the boundary room:"
    ]
  ],
  "facts carry the key of the rows they change": [
    [
      column(rooms, { key: { date: Night } }),
      "The fact RoomAdded has no date, by which a row of the read model Rooms is named"
    ]
  ],
  "a row has each word once": [
    [
      shown({ state: Schema.Struct({ ...booking.shows.state.fields, date: Night }) }),
      "The read model Booking has a date in its state"
    ],
    [
      shown({ state: Schema.Struct({ ...booking.shows.state.fields, position: Schema.Int }) }),
      "The read model Booking has a position in its state"
    ]
  ],
  "a list of rows is asked for by no other word": [
    [column(booking, { key: { room: Room, at: Night } }), 'A row of the read model Booking is named by "at", a word']
  ],
  "the words of a key are tokens": [
    [
      row(bookingLane, { boundary: Key(Schema.String.check(Schema.isPattern(/^[^@ ]+@[^@ ]+$/u))) }),
      "The word room of the boundary room-night takes text of any length: add Schema.isMaxLength"
    ],
    [
      row(bookingLane, { boundary: Key(Schema.String.check(Schema.isMaxLength(5_000))) }),
      "The word room of the boundary room-night takes text of 5000 characters: at most 1024"
    ],
    [
      booking_({ guards: Key(Schema.Struct({ id: Schema.Date })) }),
      "The word room of the boundary room-night is neither text, a number, nor true or false"
    ],
    [
      column(booking, { key: { room: Schema.Union([Schema.Int, Schema.Literal("suite")]), date: Night } }),
      "The word room of the read model Booking takes numbers as well as text, which are written alike"
    ],
    [
      column(booking, { key: { room: Schema.optionalKey(Schema.Int), date: Night } }),
      "The word room of the read model Booking may be left out"
    ],
    [
      column(booking, { key: { room: Schema.String } }),
      "The word room of the read model Booking takes text of any length"
    ]
  ],
  "a rule is a scenario": [
    [
      column(bookRoom, { rules: ["the room is red"] }),
      'The rule "the room is red" of "User books the room" is no scenario'
    ],
    [
      column(booking, { scenarios: { "a night nobody touched is free": {} } }),
      'The rule "availability must be known in real time" of "Guest checks in" is no scenario'
    ],
    [
      column(cleanRoom, { rules: ["every room that was added is listed"] }),
      'The rule "every room that was added is listed" of "The team cleans the room" is no scenario'
    ]
  ],
  "a slice has a rule and a scenario": [
    [column(bookRoom, { rules: [] }), '"User books the room" has no rule'],
    [column(rooms, { scenarios: {} }), '"Guest looks at the rooms" has no scenario']
  ],
  "a path has the words of the key": [
    [
      column(booking, opens("/rooms/:room", "GET")),
      'The path /rooms/:room of "Guest looks at a night" has no :date, a word of its key'
    ],
    [column(rooms, opens("/rooms/:room", "GET")), '"Guest looks at the rooms" has a :room too many'],
    [column(bookRoom, opens("/rooms/:room")), '"User books the room" has a :room too many'],
    [column(booking, opens("/rooms/:room/nights/:date/:date", "GET")), '"Guest looks at a night" has a :date too many']
  ],
  "a door leads to one slice": [
    [column(checkIn, opens("/mutation/book-room")), 'the door PUT /mutation/book-room before "Guest checks in"'],
    [
      column(rooms, opens("/rooms/:r/nights/:d", "GET")),
      'the door GET /rooms/:room/nights/:date before "Guest looks at a night"'
    ]
  ],
  "a door is not the app's own": appsOwn.map((path) => [
    column(rooms, opens(path, "GET")),
    `The path ${path} of "Guest looks at the rooms" is the app's own`
  ]),
  "what changes is put, what is looked at is got": [
    [column(bookRoom, opens("/mutation/book-room", "GET")), 'The door of "User books the room" is a GET: make it PUT'],
    [column(rooms, opens("/rooms", "PUT")), 'The door of "Guest looks at the rooms" is a PUT: make it GET']
  ],
  "a scenario says what its command may decide": [
    [tells([new RoomBooked({ room, client, date: Night.make("2022-12-13") })]), "of room-night/1_2022-12-13, which is"],
    [tells([new RoomAdded({ room })]), 'The scenario "planted" of "User books the room" cannot come true. Its decide'],
    [tells(new BookedBySomebodyElse({ room, date, client })), "BookedBySomebodyElse, which is not in its rejects"],
    [
      tells(Array.from({ length: 1_001 }, () => new RoomBooked({ room, client, date }))),
      "too many events in one command"
    ]
  ],
  "a command and a read model have one slice": [
    [
      { ...hotel, slices: [...hotel.slices, { ...bookRoom, ...opens("/again"), title: "Once more" }] },
      'Another slice has the command BookRoom before "Once more"'
    ],
    [
      { ...hotel, slices: [...hotel.slices, { ...rooms, ...opens("/again", "GET"), title: "Once more" }] },
      'Another slice shows Rooms before "Once more"'
    ]
  ]
}

describe("A board that breaks a law is told so by name:", () => {
  for (const [law, plants] of Object.entries(planted)) {
    it(law, () => {
      for (const [board, says] of plants) {
        const broken = Laws.violations(board)
        assert.isTrue(
          broken.some((sentence) => sentence.includes(says)),
          `Expected "${says}", got:\n${broken.join("\n")}`
        )
      }
    })
  }

  it("paths that only look like the app's own are free", () => {
    for (const path of ["/healthy", "/docs-of-rooms", "/event"] as const) {
      assert.deepStrictEqual(Laws.violations(column(rooms, opens(path, "GET"))), [])
    }
  })

  it("a refusal may be shared, and a command may have a bot beside its door", () => {
    assert.deepStrictEqual(Laws.violations(booking_({ rejects: [...BookRoom.rejects, ...CheckIn.rejects] })), [])
    const bot = {
      ...scheduleCleaning,
      name: "book",
      title: "Bot books",
      issues: BookRoom,
      rules: ["it is scheduled once"]
    }
    const slices = [...hotel.slices, bot as unknown as Slice.Any]
    assert.deepStrictEqual(Laws.violations({ ...hotel, slices }), [])
  })
})

it("the smallest board that can run breaks no law", () => {
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
    guards: Light,
    state: Switching,
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
  assert.deepStrictEqual(Laws.violations(board), [])
})
