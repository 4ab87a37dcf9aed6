import { assert, describe, it } from "@effect/vitest"
import { bookRoom } from "#features/hotel-booking/book-room/index.ts"
import { hotelBooking } from "#features/hotel-booking/index.ts"
import { blueprintOf } from "#layers/blueprint/blueprint.ts"
import { named } from "#test/support/named.ts"

describe("The hotel's blueprint", () => {
  const { actors, commands, facts, lanes, slices, views } = blueprintOf(hotelBooking)

  it("has people with their screens, and machines", () => {
    assert.deepStrictEqual(actors, [
      { name: "Manager", kind: "person" },
      { name: "Guest", kind: "person" },
      { name: "Bot", kind: "machine" }
    ])
    const [book, bot] = ["book-room", "schedule-cleaning"].map((id) => slices.find((slice) => slice.id === id)!)
    assert.deepInclude(book, {
      kind: "change",
      actor: "Guest",
      screen: "Booking form",
      command: "BookRoom",
      view: null
    })
    assert.deepInclude(bot, { kind: "automation", actor: "Bot", screen: null, automation: "schedule-cleaning" })
  })

  it("distinguishes guarded and trusted reads", () => {
    const { door, reads, refuses } = named(commands, "BookRoom")
    assert.deepStrictEqual(reads, [
      {
        name: "night",
        use: "guarded",
        boundary: "room-night",
        key: ["room", "date"],
        many: false,
        facts: ["RoomBooked", "BookingCancelled"]
      },
      { name: "exists", use: "trusted", boundary: "room", key: ["room"], many: false, facts: ["RoomAdded"] }
    ])
    assert.deepStrictEqual(door, { method: "PUT", path: "/mutation/book-room" })
    assert.match(refuses[0]!.description!, /no such room/u)
    assert.isNull(named(commands, "ScheduleCleaning").door)
  })

  it("has lanes with their subjects, events with their schemas, and views with their buckets and consumers", () => {
    assert.deepInclude(named(lanes, "room-booking"), { subjects: "booking.*.*.*", title: "Booking" })
    assert.isNull(named(lanes, "hotel-admin").keeps.maxAgeMillis)
    const { fields, schema, version } = named(facts, "RoomBooked")
    assert.deepStrictEqual([fields, version], [["room", "client", "date"], 1])
    assert.strictEqual((schema as any).$defs.Night.format, "date")
    const { bucket, consumer, initial, key, list } = named(views, "Booking")
    assert.deepStrictEqual([bucket, consumer, list], ["booking-v1", "view-booking-v1", "/views/booking"])
    assert.deepStrictEqual(initial, { availability: "free" })
    assert.deepStrictEqual(
      key.map(({ entity, word }) => [word, entity]),
      [
        ["room", true],
        ["date", false]
      ]
    )
  })

  it("has scenarios as data", () => {
    const { scenarios } = slices.find(({ id }) => id === "book-room")!
    const room = { id: 1 }
    const date = "2022-12-12"
    assert.deepStrictEqual(named(scenarios, "it should be booked once"), {
      name: "it should be booked once",
      given: [
        { type: "RoomAdded", data: { room } },
        { type: "RoomBooked", data: { room, client: { id: 1 }, date } }
      ],
      when: { command: "BookRoom", input: { room, client: { id: 2 }, date } },
      then: { refusal: { type: "RoomAlreadyBooked", data: { room, date } } },
      result: null
    })
    const rule = slices.find(({ id }) => id === "check-in")!.rules[1]!
    assert.deepStrictEqual(rule.scenarios, [{ slice: "booking", scenario: "availability must be known in real time" }])
  })

  it("has the results of tests, and marks a rule as passed only if all of its scenarios passed", () => {
    const results = { passed: "the room must exist", failed: "it should be booked once" } as const
    const { slices } = blueprintOf(hotelBooking, (slice, scenario) =>
      slice !== bookRoom.title
        ? null
        : scenario === results.passed
          ? "passed"
          : scenario === results.failed
            ? "failed"
            : null
    )
    const { rules, scenarios } = slices.find(({ id }) => id === "book-room")!
    assert.deepStrictEqual(
      rules.map(({ result }) => result),
      ["passed", "failed", null]
    )
    assert.deepStrictEqual(
      scenarios.map(({ result }) => result),
      Object.keys(bookRoom.scenarios).map((_, n) => ["passed", "failed"][n] ?? null)
    )
  })
})
