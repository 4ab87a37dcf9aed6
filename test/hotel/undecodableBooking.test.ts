import { assert, describe, it } from "@effect/vitest"
import { Arbitrary, Effect, Result, Schema } from "effect"
import { RoomBooked } from "#domain/booking/RoomBooked.ts"
import { Board } from "#domain/model/index.ts"
import { Night } from "#domain/values.ts"
import { hotelBooking } from "#features/hotel-booking/index.ts"
import { parseHeaders } from "#layers/codec/cloudEventAttributes.ts"
import { cloudEventCodec, type Message } from "#layers/codec/cloudEventCodec.ts"
import { anyRecordedEvent, thoroughRuns } from "#test/support/arbitraries.ts"
import { assertPlainHeaders, attributes, optional, toParsedMessage } from "#test/support/eventMessages.ts"
import { testMetadata } from "#test/support/libraryFixtures.ts"

describe("The generated events of these tests", () => {
  it.effect("include large ids, both centuries, every plane of Unicode, control characters and quotes", () =>
    Effect.gen(function* () {
      const sample = yield* Arbitrary.sampleEffect(anyRecordedEvent(hotelBooking), {
        count: 500,
        size: 100,
        seed: "size"
      })
      const events = sample.map(({ event }) => event as unknown as Record<string, any>)
      const contains = (feature: string, isContained: boolean) => assert.isTrue(isContained, `none has ${feature}`)
      contains(
        "a room above 9000",
        events.some(({ room }) => room.id > 9_000)
      )
      contains(
        "a client above 900 million",
        events.some(({ client }) => client?.id > 900_000_000)
      )
      for (const century of ["19", "20"])
        contains(
          century,
          events.some(({ date }) => date?.startsWith(century))
        )
      contains(
        "the 31st",
        events.some(({ date }) => date?.endsWith("-31"))
      )
      contains(
        "a team of 20 letters",
        events.some(({ team }) => team?.length === 20)
      )
      contains(
        "no team",
        events.some((each) => each["_tag"] === "RoomCleanedUp" && !("team" in each))
      )
      for (const char of ["\n", "\r", '"', "%", " ", "\u2028"]) {
        contains(
          JSON.stringify(char),
          sample.some(({ actor, correlationId }) => (actor + correlationId).includes(char))
        )
      }
      contains(
        "an emoji",
        sample.some(({ correlationId }) => /[\u{10000}-\u{10ffff}]/u.test(correlationId))
      )
      assert.strictEqual(new Set(events.map((each) => each["_tag"])).size, Board.events(hotelBooking).length)
    })
  )
})

describe("A message that is not an event of the board", () => {
  const { decode, encode } = cloudEventCodec(hotelBooking)
  const event = new RoomBooked({ room: { id: 1 }, client: { id: 1 }, date: Night.make("2022-12-12") })
  const streamId = "room-night/1_2022-12-12"
  const good = encode({
    ...testMetadata("command-1"),
    id: "fact-1",
    subject: "a.subject",
    streamId,
    streamRevision: 1,
    event
  })
  const named = new Map(parseHeaders(good.headers))

  const withChanges = (headers: Record<string, string | undefined>, data = good.data): Message => ({
    headers: Array.from(new Map([...named, ...Object.entries(headers)]), ([name, value]) =>
      value === undefined ? "" : `${name}: ${value}\r\n`
    ).join(""),
    data
  })
  const assertUndecodable = (message: Message, reason: string | RegExp) => {
    const decoded = decode(toParsedMessage(message))
    assert.isTrue(Result.isFailure(decoded))
    const failure = Result.isFailure(decoded) ? decoded.failure : undefined!
    assert.strictEqual(failure._tag, "UndecodableEvent")
    assert.strictEqual(failure.position, 7)
    assert.strictEqual(failure.subject, "a.subject")
    assert.match(failure.reason, typeof reason === "string" ? new RegExp(RegExp.escape(reason), "u") : reason)
    assert.include(failure.message, "position 7 (a.subject)")
  }

  it("differs from a valid event in one detail", () => assert.isTrue(Result.isSuccess(decode(toParsedMessage(good)))))

  for (const name of attributes.filter((name) => !optional.has(name))) {
    it(`has no ce-${name}`, () =>
      assertUndecodable(withChanges({ [`ce-${name}`]: undefined }), new RegExp(`headers.*${name}`, "su")))
  }

  it("has no headers at all", () =>
    assertUndecodable({ headers: "", data: good.data }, "its headers are not those of an event"))

  it("has another type, or an unknown one", () => {
    assertUndecodable(withChanges({ "ce-type": "RoomAvailable" }), "its schema is")
    assertUndecodable(withChanges({ "ce-type": "RoomPainted" }), "no event named RoomPainted")
    for (const type of ["toString", "__proto__", "constructor"]) {
      assertUndecodable(withChanges({ "ce-type": type }), `no event named ${type}`)
    }
  })

  it("has another version of its schema", () => {
    const versioned = (version: string) => named.get("ce-dataschema")!.replace(/1$/u, version)
    const later = withChanges({ "ce-dataschema": versioned("2") })
    assertUndecodable(later, "it has version 2 of RoomBooked, which newer code wrote; this code reads version 1")
    // Only a higher version of the board's own schema is newer; anything else is a message that an operator has to see.
    for (const other of [versioned("0"), versioned("1.5"), versioned("x"), "urn:inn:schema:RoomBooked:2"])
      assertUndecodable(withChanges({ "ce-dataschema": other }), `its schema is ${other}`)
  })

  it("has another CloudEvents version, another content type or an invalid number", () => {
    assertUndecodable(withChanges({ "ce-specversion": "0.3" }), "specversion")
    assertUndecodable(withChanges({ "ce-datacontenttype": "text/xml" }), "datacontenttype")
    assertUndecodable(withChanges({ "ce-factindex": "first" }), "factindex")
  })

  it("has a body that is not JSON", () => {
    for (const data of ["", "{", "undefined", "\u0000", "room 1"])
      assertUndecodable(withChanges({}, data), "its body is not JSON")
  })

  it("has a body with a wrong field", () => {
    const body = JSON.parse(good.data) as object
    const invalidBodies: ReadonlyArray<readonly [unknown, string]> = [
      [{ ...body, room: { id: 0 } }, "room"],
      [{ ...body, room: "1" }, "room"],
      [{ ...body, date: "2029-02-30" }, "date"],
      [{ ...body, client: undefined }, "client"],
      [{ ...body, _tag: "RoomAvailable" }, "_tag"],
      [{ ...body, client: { id: 1e9 } }, "client"]
    ]
    for (const [data, field] of invalidBodies) assertUndecodable(withChanges({}, JSON.stringify(data)), field)
    for (const data of [null, [], 1, "text", true, [body]])
      assertUndecodable(withChanges({}, JSON.stringify(data)), /./u)
  })

  it.prop(
    "is reported with a reason, and never thrown",
    [Schema.Literals(attributes), Schema.String, Schema.UndefinedOr(Schema.String)],
    ([name, value, data]) => {
      const decoded = decode(toParsedMessage(withChanges({ [`ce-${name}`]: value }, data)))
      if (data !== undefined) assert.isTrue(Result.isFailure(decoded))
      if (Result.isFailure(decoded)) assert.isNotEmpty(decoded.failure.reason)
    },
    thoroughRuns
  )

  it("is decodable with half a surrogate pair or an invalid percent-encoding in a header", () => {
    const half = { ...testMetadata("c"), actor: "half \ud800", correlationId: "\udfff" }
    const message = encode({
      ...half,
      id: "fact-1",
      subject: "a.subject",
      streamId,
      streamRevision: 1,
      event
    })
    assertPlainHeaders(message, ["actor"])
    const decoded = Result.getOrThrow(decode(toParsedMessage(message)))
    assert.strictEqual(decoded.actor, "half \ufffd")
    const foreign = Result.getOrThrow(decode(toParsedMessage(withChanges({ "ce-actor": "100%" }))))
    assert.strictEqual(foreign.actor, "100%")
  })
})
