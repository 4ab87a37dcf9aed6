import { deepStrictEqual } from "node:assert"
import { assert, describe, it } from "@effect/vitest"
import { type CloudEventV1, HTTP } from "cloudevents"
import { Arbitrary, Effect, Result, Schema } from "effect"
import { RoomBooked } from "#domain/booking/RoomBooked.ts"
import { Board, type Event } from "#domain/model/index.ts"
import { Night } from "#domain/values.ts"
import { courseExamples } from "#examples/courses/index.ts"
import { hotelBooking } from "#features/hotel-booking/index.ts"
import { parseHeaders } from "#layers/codec/cloudEventAttributes.ts"
import { cloudEventCodec, type Message } from "#layers/codec/cloudEventCodec.ts"
import type { AuditEntry } from "#layers/services/Audit.ts"
import type { RecordedEvent } from "#layers/services/RecordedEvent.ts"
import { library } from "#test/boards/libraryBoard.ts"
import { anyOf, anyMetadata, anyRecordedEvent, thoroughRuns } from "#test/support/arbitraries.ts"
import { testMetadata } from "#test/support/libraryFixtures.ts"

const attributes = [
  "specversion",
  "id",
  "source",
  "type",
  "subject",
  "time",
  "datacontenttype",
  "dataschema",
  "correlationid",
  "causationid",
  "commandid",
  "commandhash",
  "actor",
  "factindex",
  "traceparent"
]
const optional = new Set(["traceparent"])

const toParsedMessage = ({ data, headers }: Message, { position, subject } = { position: 7, subject: "a.subject" }) => {
  const found = new Map(parseHeaders(headers))
  return { position, subject, headers: found, data: (): unknown => JSON.parse(data) }
}

/** Visible ASCII except the quote: nothing that could end a header or begin another. */
const visible = /^[\x21\x23-\x7e]+$/u

const assertPlainHeaders = ({ headers }: Message, required: ReadonlyArray<string>) => {
  // Not with `parseHeaders`, which trims values and skips lines without a name.
  assert.match(headers, /\r\n$/u)
  const lines = headers.slice(0, -2).split("\r\n")
  const fields = lines.map((line) => [line.slice(0, line.indexOf(": ")), line.slice(line.indexOf(": ") + 2)] as const)
  const names = fields.map(([name]) => name)
  deepStrictEqual(new Set(names).size, names.length)
  for (const name of required) assert.include(names, `ce-${name}`)
  for (const [name, value] of fields) {
    assert.isTrue(
      attributes.some((attribute) => name === `ce-${attribute}`),
      name
    )
    assert.match(value, visible)
  }
}

/**
 * Reads a message with the CloudEvents SDK. It expects the content type in HTTP's own header, and does not decode the
 * percent-encoding that the bindings require, so `read` does.
 */
const toEvent = ({ data, headers }: Message) => {
  const all = Object.fromEntries(parseHeaders(headers))
  return HTTP.toEvent({
    headers: { ...all, "content-type": all["ce-datacontenttype"]! },
    body: data
  }) as CloudEventV1<unknown> & { readonly validate: () => boolean }
}

const read = (message: Message): Record<string, unknown> => {
  const event = toEvent(message)
  const entries = Object.entries(JSON.parse(JSON.stringify(event)) as object)
  return Object.fromEntries(
    entries.map(([name, value]) => [name, typeof value === "string" ? decodeURIComponent(value) : value])
  )
}

/** The attributes that the SDK should read for an event or an audit entry. */
const expectedAttributes = (board: Board.Any, of: RecordedEvent | AuditEntry): Record<string, unknown> => ({
  specversion: "1.0",
  id: of.id,
  source: `/${board.name}/${of.command}`,
  subject: of.streamId,
  time: of.time,
  datacontenttype: "application/json",
  correlationid: of.correlationId,
  causationid: of.causationId,
  commandid: of.commandId,
  commandhash: of.commandHash,
  actor: of.actor,
  ...(of.traceparent && { traceparent: of.traceparent })
})

const classOf = (classes: ReadonlyArray<Event.Any>, { _tag }: { readonly _tag: string }) =>
  classes.find(({ identifier }) => identifier === _tag)!

const plain = (schema: Event.Any, value: unknown) => {
  const { _tag, ...data } = Schema.encodeUnknownSync(Schema.toCodecJson(schema))(value) as Record<string, unknown>
  return data
}

for (const board of [hotelBooking, courseExamples, library] as ReadonlyArray<Board.Any>) {
  const { decode, encode, encodeAuditEntry } = cloudEventCodec(board)

  describe(`The encoded events of ${board.name}`, () => {
    it.prop(
      "are decoded to the same events",
      [anyRecordedEvent(board)],
      ([recorded]) => {
        const decoded = Result.getOrThrow(decode(toParsedMessage(encode(recorded), recorded)))
        assert.deepStrictEqual(decoded, recorded)
        assert.strictEqual(decoded.event.constructor, recorded.event.constructor)
      },
      thoroughRuns
    )

    it.prop(
      "have exactly the listed headers, in visible ASCII",
      [anyRecordedEvent(board)],
      ([recorded]) => {
        assertPlainHeaders(
          encode(recorded),
          attributes.filter((name) => !optional.has(name))
        )
      },
      thoroughRuns
    )

    it.prop(
      "are CloudEvents: the SDK reads the same attributes",
      [anyRecordedEvent(board)],
      ([recorded]) => {
        const message = encode(recorded)
        const { dataschema, ...event } = read(message)
        deepStrictEqual(event, {
          ...expectedAttributes(board, recorded),
          type: recorded.event._tag,
          factindex: String(recorded.streamRevision),
          data: plain(classOf(Board.events(board), recorded.event), recorded.event)
        })
        assert.include(String(dataschema), recorded.event._tag)
      },
      thoroughRuns
    )
  })

  describe(`The encoded audit entries of ${board.name}`, () => {
    const rejections = [...new Set<Event.Any>(Board.commands(board).flatMap(({ rejects }) => rejects))]
    const anyEntry = Arbitrary.all([anyMetadata, anyOf(rejections)])

    it.prop(
      "are CloudEvents of the rejection, in visible ASCII: the SDK reads the same attributes",
      [anyEntry],
      ([[of, rejection]]) => {
        const message = encodeAuditEntry({ ...of, outcome: "refused", rejection })
        assertPlainHeaders(message, ["type", "dataschema"])
        const { dataschema: _, ...event } = read(message)
        const data = plain(classOf(rejections, rejection), rejection)
        deepStrictEqual(event, {
          ...expectedAttributes(board, { ...of, outcome: "refused" }),
          type: rejection._tag,
          data
        })
      },
      thoroughRuns
    )

    it.prop(
      "and the encoded events are valid by the strict rules of the SDK",
      [anyEntry, anyRecordedEvent(board)],
      ([[of, rejection], recorded]) => {
        for (const message of [encode(recorded), encodeAuditEntry({ ...of, outcome: "refused", rejection })]) {
          assert.isTrue(toEvent(message).validate())
        }
      }
    )

    it.prop("have the type Unchanged if the command had nothing to do", [anyMetadata], ([of]) => {
      const message = encodeAuditEntry({ ...of, outcome: "unchanged" })
      assertPlainHeaders(message, ["type", "dataschema"])
      const { dataschema: _, ...event } = read(message)
      deepStrictEqual(event, {
        ...expectedAttributes(board, { ...of, outcome: "unchanged" }),
        type: "Unchanged",
        data: {}
      })
    })
  })
}

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
    const later = named.get("ce-dataschema")!.replace(/1$/u, "2")
    assertUndecodable(withChanges({ "ce-dataschema": later }), `its schema is ${later}`)
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
