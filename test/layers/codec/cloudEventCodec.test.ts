import { deepStrictEqual } from "node:assert"
import { assert, describe, it } from "@effect/vitest"
import { type CloudEventV1, HTTP } from "cloudevents"
import { Arbitrary, Effect, Result, Schema } from "effect"
import { RoomBooked } from "#domain/booking/RoomBooked.ts"
import { Board, type Event } from "#domain/model/index.ts"
import { Night } from "#domain/values.ts"
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

/** A message as it arrives. */
const incoming = ({ data, headers }: Message, { position, subject } = { position: 7, subject: "a.subject" }) => {
  const found = new Map(parseHeaders(headers))
  return { position, subject, headers: found, data: (): unknown => JSON.parse(data) }
}

/** Visible ASCII, and not a quote: nothing that could end a header or begin another. */
const visible = /^[\x21\x23-\x7e]+$/u

const isPlain = ({ headers }: Message, required: ReadonlyArray<string>) => {
  // Not as a reader takes them, which trims, and passes over what has no name.
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
 * What the CloudEvents SDK reads. It takes the content type from HTTP's own header, and leaves the percent-encoding that
 * the bindings ask for as it is, so its readers decode, as here.
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

/** What it should read of whatever a command left. */
const said = (board: Board.Any, of: RecordedEvent | AuditEntry): Record<string, unknown> => ({
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

for (const board of [hotelBooking, library] as ReadonlyArray<Board.Any>) {
  const { decode, encode, encodeAuditEntry } = cloudEventCodec(board)

  describe(`The facts of ${board.name} on the wire`, () => {
    it.prop(
      "come back to the letter",
      [anyRecordedEvent(board)],
      ([recorded]) => {
        const decoded = Result.getOrThrow(decode(incoming(encode(recorded), recorded)))
        assert.deepStrictEqual(decoded, recorded)
        assert.strictEqual(decoded.event.constructor, recorded.event.constructor)
      },
      thoroughRuns
    )

    it.prop(
      "have the headers on the list and no other, in visible ASCII",
      [anyRecordedEvent(board)],
      ([recorded]) => {
        isPlain(
          encode(recorded),
          attributes.filter((name) => !optional.has(name))
        )
      },
      thoroughRuns
    )

    it.prop(
      "are CloudEvents: the SDK reads the same",
      [anyRecordedEvent(board)],
      ([recorded]) => {
        const message = encode(recorded)
        const { dataschema, ...event } = read(message)
        deepStrictEqual(event, {
          ...said(board, recorded),
          type: recorded.event._tag,
          factindex: String(recorded.streamRevision),
          data: plain(classOf(Board.events(board), recorded.event), recorded.event)
        })
        assert.include(String(dataschema), recorded.event._tag)
      },
      thoroughRuns
    )
  })

  describe(`The audit lines of ${board.name} on the wire`, () => {
    const refusals = [...new Set<Event.Any>(Board.commands(board).flatMap(({ rejects }) => rejects))]
    const anyLine = Arbitrary.all([anyMetadata, anyOf(refusals)])

    it.prop(
      "are CloudEvents of the refusal, in visible ASCII: the SDK reads the same",
      [anyLine],
      ([[of, refusal]]) => {
        const message = encodeAuditEntry({ ...of, outcome: "refused", rejection: refusal })
        isPlain(message, ["type", "dataschema"])
        const { dataschema: _, ...event } = read(message)
        const data = plain(classOf(refusals, refusal), refusal)
        deepStrictEqual(event, { ...said(board, { ...of, outcome: "refused" }), type: refusal._tag, data })
      },
      thoroughRuns
    )

    it.prop(
      "and the facts are valid by the strict rules of the SDK",
      [anyLine, anyRecordedEvent(board)],
      ([[of, refusal], fact]) => {
        for (const message of [encode(fact), encodeAuditEntry({ ...of, outcome: "refused", rejection: refusal })]) {
          assert.isTrue(toEvent(message).validate())
        }
      }
    )

    it.prop("say so where there was nothing to do", [anyMetadata], ([of]) => {
      const message = encodeAuditEntry({ ...of, outcome: "unchanged" })
      isPlain(message, ["type", "dataschema"])
      const { dataschema: _, ...event } = read(message)
      deepStrictEqual(event, { ...said(board, { ...of, outcome: "unchanged" }), type: "Unchanged", data: {} })
    })
  })
}

describe("What is tried on the wire", () => {
  it.effect("is of a real size: large ids, both centuries, every plane of Unicode, controls, quotes", () =>
    Effect.gen(function* () {
      const sample = yield* Arbitrary.sampleEffect(anyRecordedEvent(hotelBooking), {
        count: 500,
        size: 100,
        seed: "size"
      })
      const facts = sample.map(({ event }) => event as unknown as Record<string, any>)
      const some = (what: string, is: boolean) => assert.isTrue(is, `none has ${what}`)
      some(
        "a room above 9000",
        facts.some(({ room }) => room.id > 9_000)
      )
      some(
        "a client above 900 million",
        facts.some(({ client }) => client?.id > 900_000_000)
      )
      for (const century of ["19", "20"])
        some(
          century,
          facts.some(({ date }) => date?.startsWith(century))
        )
      some(
        "the 31st",
        facts.some(({ date }) => date?.endsWith("-31"))
      )
      some(
        "a team of 20 letters",
        facts.some(({ team }) => team?.length === 20)
      )
      some(
        "no team",
        facts.some((fact) => fact["_tag"] === "RoomCleanedUp" && !("team" in fact))
      )
      for (const char of ["\n", "\r", '"', "%", " ", "\u2028"]) {
        some(
          JSON.stringify(char),
          sample.some(({ actor, correlationId }) => (actor + correlationId).includes(char))
        )
      }
      some(
        "an emoji",
        sample.some(({ correlationId }) => /[\u{10000}-\u{10ffff}]/u.test(correlationId))
      )
      assert.strictEqual(new Set(facts.map((fact) => fact["_tag"])).size, 6)
    })
  )
})

describe("A message that is no fact of the board", () => {
  const { decode, encode } = cloudEventCodec(hotelBooking)
  const fact = new RoomBooked({ room: { id: 1 }, client: { id: 1 }, date: Night.make("2022-12-12") })
  const place = "room-night/1_2022-12-12"
  const good = encode({
    ...testMetadata("command-1"),
    id: "fact-1",
    subject: "a.subject",
    streamId: place,
    streamRevision: 1,
    event: fact
  })
  const named = new Map(parseHeaders(good.headers))

  const otherwise = (headers: Record<string, string | undefined>, data = good.data): Message => ({
    headers: Array.from(new Map([...named, ...Object.entries(headers)]), ([name, value]) =>
      value === undefined ? "" : `${name}: ${value}\r\n`
    ).join(""),
    data
  })
  const isUnreadable = (message: Message, reason: string | RegExp) => {
    const decoded = decode(incoming(message))
    assert.isTrue(Result.isFailure(decoded))
    const failure = Result.isFailure(decoded) ? decoded.failure : undefined!
    assert.strictEqual(failure._tag, "UndecodableEvent")
    assert.strictEqual(failure.position, 7)
    assert.strictEqual(failure.subject, "a.subject")
    assert.match(failure.reason, typeof reason === "string" ? new RegExp(RegExp.escape(reason), "u") : reason)
    assert.include(failure.message, "position 7 (a.subject)")
  }

  it("stands beside one that is", () => assert.isTrue(Result.isSuccess(decode(incoming(good)))))

  for (const name of attributes.filter((name) => !optional.has(name))) {
    it(`has no ce-${name}`, () =>
      isUnreadable(otherwise({ [`ce-${name}`]: undefined }), new RegExp(`headers.*${name}`, "su")))
  }

  it("has no headers at all", () =>
    isUnreadable({ headers: "", data: good.data }, "its headers are not those of a fact"))

  it("is of another type, or of none that is known", () => {
    isUnreadable(otherwise({ "ce-type": "RoomAvailable" }), "its shape is")
    isUnreadable(otherwise({ "ce-type": "RoomPainted" }), "no fact named RoomPainted")
    for (const type of ["toString", "__proto__", "constructor"]) {
      isUnreadable(otherwise({ "ce-type": type }), `no fact named ${type}`)
    }
  })

  it("is of another version of its shape", () => {
    const later = named.get("ce-dataschema")!.replace(/1$/u, "2")
    isUnreadable(otherwise({ "ce-dataschema": later }), `its shape is ${later}`)
  })

  it("is of another CloudEvents version, or another content type", () => {
    isUnreadable(otherwise({ "ce-specversion": "0.3" }), "specversion")
    isUnreadable(otherwise({ "ce-datacontenttype": "text/xml" }), "datacontenttype")
    isUnreadable(otherwise({ "ce-factindex": "first" }), "factindex")
  })

  it("has a body that is not JSON", () => {
    for (const data of ["", "{", "undefined", "\u0000", "room 1"])
      isUnreadable(otherwise({}, data), "its body is not JSON")
  })

  it("has a body with a wrong field", () => {
    const body = JSON.parse(good.data) as object
    const wrong: ReadonlyArray<readonly [unknown, string]> = [
      [{ ...body, room: { id: 0 } }, "room"],
      [{ ...body, room: "1" }, "room"],
      [{ ...body, date: "2029-02-30" }, "date"],
      [{ ...body, client: undefined }, "client"],
      [{ ...body, _tag: "RoomAvailable" }, "_tag"],
      [{ ...body, client: { id: 1e9 } }, "client"]
    ]
    for (const [data, field] of wrong) isUnreadable(otherwise({}, JSON.stringify(data)), field)
    for (const data of [null, [], 1, "text", true, [body]]) isUnreadable(otherwise({}, JSON.stringify(data)), /./u)
  })

  it.prop(
    "whatever else it is, is told and never thrown",
    [Schema.Literals(attributes), Schema.String, Schema.UndefinedOr(Schema.String)],
    ([name, value, data]) => {
      const decoded = decode(incoming(otherwise({ [`ce-${name}`]: value }, data)))
      if (data !== undefined) assert.isTrue(Result.isFailure(decoded))
      if (Result.isFailure(decoded)) assert.isNotEmpty(decoded.failure.reason)
    },
    thoroughRuns
  )

  it("may have half a character or a broken percent in a header, which is written and read anyway", () => {
    const half = { ...testMetadata("c"), actor: "half \ud800", correlationId: "\udfff" }
    const message = encode({
      ...half,
      id: "fact-1",
      subject: "a.subject",
      streamId: place,
      streamRevision: 1,
      event: fact
    })
    isPlain(message, ["actor"])
    const decoded = Result.getOrThrow(decode(incoming(message)))
    assert.strictEqual(decoded.actor, "half \ufffd")
    const foreign = Result.getOrThrow(decode(incoming(otherwise({ "ce-actor": "100%" }))))
    assert.strictEqual(foreign.actor, "100%")
  })
})
