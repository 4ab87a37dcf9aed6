import { assert, type Vitest } from "@effect/vitest"
import { Arbitrary, Effect, Schema } from "effect"
import { Served } from "#test/hotel/support/servedHttp.ts"

const oneOf = <const A>(...values: ReadonlyArray<A>) =>
  Arbitrary.schema(Schema.Literals(values as never)) as Arbitrary.Arbitrary<A>
const digit = Arbitrary.schema(Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 59 })))

/** A generated number is at most the size of its run; three of them combined reach the whole range. */
const number = (minimum: number, maximum: number) =>
  Arbitrary.map(
    Arbitrary.all([digit, digit, digit]),
    ([a, b, c]) => minimum + ((a * 3_600 + b * 60 + c) % (maximum - minimum + 1))
  )

const anyJson = Arbitrary.schema(Schema.Json)
const text = Arbitrary.schema(Schema.String)
const notDigits = Arbitrary.map(text, (text) => text.replaceAll(/\d/gu, "x"))
const rarely = number(0, 9)

/** `common` in 70 % of the runs, else `other`. */
const mostly = <A, B>(common: Arbitrary.Arbitrary<A>, other: Arbitrary.Arbitrary<B>) =>
  Arbitrary.map(Arbitrary.all({ rarely, common, other }), ({ rarely, common, other }) => (rarely < 7 ? common : other))

const id = mostly(number(1, 300), mostly(number(-99_999, 99_999), mostly(Arbitrary.schema(Schema.Number), anyJson)))
const twoDigits = (n: number) => String(n).padStart(2, "0")
const date = mostly(
  Arbitrary.map(
    Arbitrary.all({ year: number(1_899, 2_101), month: number(0, 13), day: number(0, 32) }),
    ({ year, month, day }) => `${year}-${twoDigits(month)}-${twoDigits(day)}`
  ),
  anyJson
)

/** Nearly valid commands: each field may be invalid, and unknown fields may be added; by path. */
const nearlyValid = Arbitrary.map(
  Arbitrary.all({ room: id, client: id, date, more: anyJson, rarely, correlationId: text }),
  ({ room, client, date, more, rarely, correlationId }) => ({
    "/mutation/add-room": { data: { room: { id: room } } },
    "/mutation/book-room": { data: { room: { id: room }, client: { id: client }, date }, ...(rarely > 7 && { more }) },
    "/mutation/cleanup": { data: { room: { id: room }, date, ...(rarely > 7 && { more }) } },
    "/mutation/checkin": {
      data: { room: { id: room }, client: { id: client }, date },
      ...(rarely > 7 && { correlationId })
    }
  })
)

const invalidBody = Arbitrary.map(
  Arbitrary.all({ text, anything: anyJson, times: number(1, 400), rarely }),
  ({ text, anything: json, times, rarely }) =>
    rarely < 5 ? text.repeat(times) : JSON.stringify(rarely < 7 ? { data: json } : json)
)

const anyRequest = Arbitrary.all({
  nearlyValid,
  invalidBody,
  rarely,
  key: text,
  path: oneOf("/mutation/add-room", "/mutation/book-room", "/mutation/cleanup", "/mutation/checkin"),
  contentType: mostly(
    oneOf("application/json"),
    oneOf("application/cloudevents+json", "text/plain", "application/json; x")
  ),
  binary: mostly(oneOf(false), oneOf(true))
})

const inHeader = (value: string) => encodeURIComponent(value.toWellFormed())

/** Random requests: none gets a 5xx, and every response has a body. */
export const fuzz = (it: Vitest.MethodsNonLive<Served>) => {
  const seen = new Set<number>()

  it.effect.prop(
    "any command request gets a receipt or a problem, and never a 5xx",
    { request: anyRequest },
    ({ request: { nearlyValid, invalidBody, rarely, path, contentType, key, binary } }) =>
      Effect.gen(function* () {
        const { put } = yield* Served
        const command = nearlyValid[path]
        const body = rarely < 7 ? JSON.stringify(binary ? command.data : command) : invalidBody
        const answer = yield* put(path, body, {
          "content-type": contentType,
          ...(rarely > 4 && { "x-correlation-id": inHeader(key) }),
          ...(binary && { "ce-specversion": "1.0", "ce-source": "/x", "ce-id": inHeader(key), "ce-type": "AddRoom" })
        })
        seen.add(answer.status)
        assert.isBelow(answer.status, 500)
        assert.isNotNull(answer.body)
      }),
    { timeout: 60_000, arbitrary: { runs: 600, size: 60 } }
  )

  it("the random requests get different statuses", () => {
    assert.includeMembers([...seen], [201, 400, 409, 415])
  })

  it.effect.prop(
    "any read gets a row or a problem",
    {
      room: mostly(Arbitrary.map(number(0, 300), String), text),
      date: mostly(date, text),
      after: mostly(oneOf("0", "1", "-1", "1e3", "00"), notDigits)
    },
    ({ room, date, after }) =>
      Effect.gen(function* () {
        const { call } = yield* Served
        const night = inHeader(typeof date === "string" ? date : JSON.stringify(date))
        const answer = yield* call(`/rooms/${inHeader(room)}/nights/${night}?after=${inHeader(after)}`)
        assert.include([200, 400, 404], answer.status)
      }),
    { timeout: 60_000, arbitrary: { runs: 300, size: 60 } }
  )
}
