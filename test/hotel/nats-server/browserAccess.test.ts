import { assert, describe, it, vi } from "@effect/vitest"
import { jetstream, jetstreamManager } from "@nats-io/jetstream"
import { connect, type Msg, type NatsConnection } from "@nats-io/transport-node"
import { Effect } from "effect"
import { hotelBooking } from "#features/hotel-booking/index.ts"
import { streamSpecs } from "#layers/nats/provision/streamSpecs.ts"
import { browserServer, denialsOn } from "#test/hotel/support/browserServer.ts"
import { testServer } from "#test/support/testServer.ts"

type Fixture = Effect.Success<ReturnType<typeof browserServer>>

const withBrowsers = (options: Parameters<typeof browserServer>[0], test: (fixture: Fixture) => Promise<void>) =>
  browserServer(options).pipe(
    Effect.flatMap((fixture) => Effect.promise(() => test(fixture))),
    Effect.scoped
  )

const failure = async (attempt: Promise<NatsConnection>): Promise<string> => {
  try {
    await (await attempt).close()
    return "connected"
  } catch (error) {
    return (error as Error).message
  }
}

/** Sends a message or subscribes, and returns what the server denies, or nothing. */
const attempt = async (nats: NatsConnection, [verb, subject, body = ""]: Operation): Promise<string> => {
  const denials = denialsOn(nats)
  const before = denials.length
  if (verb === "subscribe") nats.subscribe(subject, { callback: () => {} })
  else nats.publish(subject, body, { reply: `${inboxOf(nats)}.x` })
  await nats.flush()
  // The client reports a denial, which came before the first pong, while it waits for the second.
  await nats.flush()
  return denials.slice(before).join()
}

const inboxOf = (nats: NatsConnection): string =>
  (nats as unknown as { readonly options: { readonly inboxPrefix: string } }).options.inboxPrefix

type Operation = readonly [verb: "subscribe" | "publish", subject: string, body?: string]

const allowed: ReadonlyArray<Operation> = [
  ["subscribe", "ui.hotel.booking-v1.>"],
  ["subscribe", "ui.hotel.booking-v1.*.2026-12-24"],
  ["publish", "$JS.API.DIRECT.GET.KV_booking-v1", `{"multi_last":["$KV.booking-v1.>"]}`],
  ["publish", "$JS.API.DIRECT.GET.KV_booking-v1.$KV.booking-v1.1.2026-12-24"]
]

const names = streamSpecs(hotelBooking, 1).map(({ name }) => name)
const subjects = streamSpecs(hotelBooking, 1).flatMap(({ subjects = [] }) => subjects)

const denied: ReadonlyArray<Operation> = [
  ...[
    ">",
    "*",
    "*.>",
    "ui.>",
    "ui.hotel.>",
    "ui.hotel.rooms-v1.>",
    "_INBOX.>",
    "_INBOX_other.>",
    "_R_.>",
    "$SYS.>"
  ].map((subject): Operation => ["subscribe", subject]),
  ["subscribe", "$SYS.REQ.USER.AUTH"],
  ["subscribe", "$JS.API.>"],
  ["subscribe", "$JS.EVENT.>"],
  ...subjects.map((subject): Operation => ["subscribe", subject]),
  ...subjects.map((subject): Operation => ["publish", subject.replace(/>$/u, "x"), "forged"]),
  ["publish", "ui.hotel.booking-v1.1.2026-12-24", "forged"],
  ["publish", "$JS.API.DIRECT.GET.KV_booking-v1.$KV.rooms-v1.x"],
  ["publish", "$SYS.REQ.USER.AUTH"],
  ["publish", "$SYS.REQ.SERVER.PING"],
  ["publish", "$SYS.REQ.ACCOUNT.PING.CONNZ"],
  ["publish", "event-model.credentials"],
  ["publish", "$JS.API.INFO"],
  ["publish", "$JS.API.STREAM.LIST"],
  ["publish", "$JS.API.STREAM.CREATE.new", `{"name":"new","subjects":["new.>"]}`],
  ...names.flatMap((name): ReadonlyArray<Operation> => [
    ...(name === "KV_booking-v1" ? [] : ([["publish", `$JS.API.DIRECT.GET.${name}`, `{"seq":1}`]] as const)),
    ["publish", `$JS.API.STREAM.INFO.${name}`],
    ["publish", `$JS.API.STREAM.MSG.GET.${name}`, `{"seq":1}`],
    ["publish", `$JS.API.STREAM.MSG.DELETE.${name}`, `{"seq":1}`],
    ["publish", `$JS.API.STREAM.PURGE.${name}`],
    ["publish", `$JS.API.STREAM.DELETE.${name}`],
    ["publish", `$JS.API.CONSUMER.CREATE.${name}`, `{"stream_name":"${name}","config":{"deliver_subject":"ui.x"}}`]
  ])
]

describe("The listener for browsers", () => {
  it.live("cannot be on a port that is taken, and the error names the setting", () =>
    Effect.gen(function* () {
      const { access } = yield* browserServer()
      const error = yield* Effect.flip(testServer({ restrictAnonymous: true, browsers: access }))
      assert.match(
        error.message,
        new RegExp(`cannot use port ${access.port}: .*Set NATS_WEBSOCKET_PORT to another`, "u")
      )
    }).pipe(Effect.scoped)
  )
})

const row = `{"room":{"id":1},"date":"2026-12-24"}`
const key = "$KV.booking-v1.1.2026-12-24"

describe("A session of a browser", () => {
  it.live(
    "may receive the changes of its view and request its rows, and nothing else",
    () =>
      withBrowsers({}, async ({ browse, live }) => {
        const nats = await browse(live.open("Booking"))
        for (const operation of allowed) assert.strictEqual(await attempt(nats, operation), "", operation.join(" "))
        await nats.close()
        const other = await browse(live.open("Booking"))
        for (const operation of denied) {
          assert.include(await attempt(other, operation), `to "${operation[1]}"`, operation.join(" "))
        }
      }),
    60_000
  )

  it.live("receives each row when it is stored, and gets all rows of its view by one request", () =>
    withBrowsers({}, async ({ app, browse, live }) => {
      const session = live.open("Booking")
      const nats = await browse(session)
      const received: Array<Msg> = []
      nats.subscribe(`${session.changes}>`, { callback: (_, message) => void received.push(message) })
      await nats.flush()
      await jetstream(app).publish(key, row)
      await jetstream(app).publish("$KV.rooms-v1.x", "another view")
      const answer = await nats.request(`$JS.API.DIRECT.GET.${session.stream}.${key}`)
      assert.strictEqual(answer.string(), row)
      await vi.waitFor(() => assert.isNotEmpty(received))
      await nats.flush()
      assert.deepStrictEqual(
        received.map((message) => `${message.subject} ${message.string()}`),
        [`${session.changes}1.2026-12-24 ${row}`]
      )
    })
  )

  it.live("cannot have an answer stored: its replies stay in the account of browsers", () =>
    withBrowsers({}, async ({ app, browse, live }) => {
      await jetstream(app).publish(key, row)
      const manager = await jetstreamManager(app)
      const messages = async () =>
        Promise.all(names.map(async (name) => [name, (await manager.streams.info(name)).state.last_seq]))
      const before = await messages()
      const nats = await browse(live.open("Booking"))
      for (const reply of [
        "hotel.room-night.booking.1_2026-12-24.room-booked",
        "$KV.booking-v1.2.2026-12-24",
        "audit.refused.x"
      ])
        nats.publish(`$JS.API.DIRECT.GET.KV_booking-v1.${key}`, "", { reply })
      nats.publish(`$JS.API.DIRECT.GET.KV_booking-v1.${key}`, "", { reply: "$JS.API.STREAM.PURGE.KV_booking-v1" })
      // Answered after those before.
      await nats.request(`$JS.API.DIRECT.GET.KV_booking-v1.${key}`)
      assert.deepStrictEqual(await messages(), before)
      // In the app's own account the same answer is stored: permissions on subjects do not cover it.
      app.publish(`$JS.API.DIRECT.GET.KV_booking-v1.${key}`, "", { reply: "$KV.booking-v1.2.2026-12-24" })
      await vi.waitFor(async () => assert.notDeepEqual(await messages(), before))
    })
  )

  it.live(
    "is refused with a token that is forged, expired or missing, over TCP, and from the page of another origin",
    () =>
      withBrowsers({ tokenSeconds: 1 }, async ({ browse, live, server }) => {
        const session = live.open("Booking")
        const [head, , signature] = session.token.split(".")
        const claims = { aud: "APP", sub: "A".repeat(22), bucket: "booking-v1", exp: 9_999_999_999 }
        const body = Buffer.from(JSON.stringify(claims)).toString("base64url")
        const none = Buffer.from(`{"typ":"JWT","alg":"none"}`).toString("base64url")
        for (const token of ["x", `${head}.${body}.${signature}`, `${none}.${body}.`, ""])
          assert.match(await failure(browse(session, { token })), /Authorization Violation/u, token)
        const overTcp = connect({ servers: server.url, token: session.token, reconnect: false })
        assert.match(await failure(overTcp), /Authorization Violation/u)
        assert.notStrictEqual(await failure(browse(session, { origin: "http://evil.example" })), "connected")
        assert.strictEqual(await failure(browse(live.open("Booking"))), "connected")
        await new Promise((resolve) => setTimeout(resolve, Date.parse(session.expiresAt) - Date.now()))
        assert.match(await failure(browse(session)), /Authorization Violation/u)
      })
  )

  it.live("ends with its token", () =>
    withBrowsers({ tokenSeconds: 2 }, async ({ browse, live }) => {
      const begin = performance.now()
      const nats = await browse(live.open("Booking"))
      assert.match(String(await nats.closed()), /User Authentication Expired/u)
      assert.isBelow(performance.now() - begin, 4_000)
    })
  )

  it.live("has at most 4 connections, and 8 subscriptions on each; a renewed token is of the same session", () =>
    withBrowsers({}, async ({ browse, live }) => {
      const session = live.open("Booking")
      const renewed = live.open("Booking", session.token)
      assert.strictEqual(renewed.inboxPrefix, session.inboxPrefix)
      const [nats] = [await browse(session), await browse(renewed), await browse(session), await browse(renewed)]
      assert.match(await failure(browse(renewed)), /Authorization Violation/u)
      assert.strictEqual(await failure(browse(live.open("Booking"))), "connected")

      const errors: Array<string> = []
      const collect = async () => {
        for await (const status of nats!.status()) if (status.type === "error") errors.push(status.error.message)
      }
      void collect()
      for (let n = 0; n < 10; n++) nats!.subscribe(`${session.changes}${n}`, { callback: () => {} })
      await nats!.flush()
      await vi.waitFor(() => assert.isAtLeast(errors.length, 2))
      await nats!.flush()
      assert.deepStrictEqual(errors, ["maximum subscriptions exceeded", "maximum subscriptions exceeded"])
    })
  )

  it.live("is the same for every process of an app, and apps of other accounts stay out of it", () =>
    Effect.gen(function* () {
      const { browse, live, openSessions } = yield* browserServer()
      const second = yield* openSessions()
      yield* openSessions("ANOTHER")
      yield* Effect.promise(async () => {
        const session = live.open("Booking")
        const renewed = second.open("Booking", session.token)
        assert.strictEqual(renewed.inboxPrefix, session.inboxPrefix)
        for (let n = 0; n < 4; n++) await browse(n % 2 === 0 ? session : renewed)
        assert.match(await failure(browse(renewed)), /Authorization Violation/u)
      })
    }).pipe(Effect.scoped)
  )

  it.live("is one of a limited number of connections, in total and from one address", () =>
    withBrowsers({ maxConnections: 3 }, async ({ browse, live }) => {
      for (let n = 0; n < 3; n++) await browse(live.open("Rooms"))
      assert.match(await failure(browse(live.open("Rooms"))), /maximum account active connections exceeded/u)
    }).pipe(
      Effect.andThen(
        withBrowsers({ perAddress: 2 }, async ({ browse, live }) => {
          for (let n = 0; n < 2; n++) await browse(live.open("Rooms"))
          assert.match(await failure(browse(live.open("Rooms"))), /Authorization Violation/u)
        })
      )
    )
  )

  it.live(
    "leaves clients without credentials as they are: they read over TCP, and are not admitted over WebSocket",
    () =>
      withBrowsers({}, async ({ browse, live, server }) => {
        const viewer = await connect({ servers: server.url, reconnect: false })
        const info = await viewer.request("$JS.API.STREAM.INFO.KV_booking-v1")
        assert.include(info.string(), `"subjects":["$KV.booking-v1.`)
        await viewer.close()
        assert.match(await failure(browse(live.open("Rooms"), { token: "" })), /Authorization Violation/u)
        // Without an origin, the token still decides.
        assert.strictEqual(await failure(browse(live.open("Rooms"), { origin: "" })), "connected")
      })
  )
})
