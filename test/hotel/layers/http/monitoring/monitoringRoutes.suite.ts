import { assert, type Vitest } from "@effect/vitest"
import { Effect, Queue } from "effect"
import { Night } from "#domain/values.ts"
import { type Answer, freshRoom, Served } from "#test/hotel/support/servedHttp.ts"
import { type ServerSentEvent, listen } from "#test/support/serverSentEvents.ts"

const date = Night.make("2031-05-05")
const client = { id: 7 }

const errorPaths = ({ body, status }: Answer) => {
  assert.deepStrictEqual([status, body.code], [400, "InvalidRequest"])
  return new Set(body.errors.map(({ path }: { readonly path: string }) => path))
}

/** Books a new room, cleans it and checks in a guest. */
const stay = Effect.gen(function* () {
  const { commands } = (yield* Served).client
  const room = yield* freshRoom
  const booked = yield* commands.BookRoom({ room, client, date })
  const cleaned = yield* commands.CleanRoom({ room, date })
  const checkedIn = yield* commands.CheckIn({ room, client, date })
  return { room, streamId: `room-night/${room.id}_${date}`, booked, cleaned, checkedIn }
})

const listenTo = (query: string, headers?: Readonly<Record<string, string>>) =>
  Effect.flatMap(Served, ({ url }) => listen(`${url}/events${query}`, headers))

/** The events of a stream, newest first, once there are so many: the automation adds one of them later. */
const waitForEvents = (streamId: string, atLeast: number) =>
  Effect.gen(function* () {
    const { call } = yield* Served
    const { events } = yield* listenTo("?after=1")
    for (let seen = 0; seen < atLeast;) if ((yield* Queue.take(events)).data.subject === streamId) seen++
    return (yield* call(`/facts?place=${streamId}`)).body.facts as ReadonlyArray<any>
  }).pipe(Effect.scoped)

const typesOf = (events: ReadonlyArray<ServerSentEvent>) => events.map(({ data }) => data.type)

const newest = Effect.flatMap(Served, ({ call }) =>
  Effect.map(call("/operations"), ({ body }) => body.position as number)
)

/** The event feed, the history and the operations. */
export const monitoring = (it: Vitest.MethodsNonLive<Served>) => {
  it.effect("the board is served as data, with its JSON Schema", () =>
    Effect.gen(function* () {
      const { call } = yield* Served
      const { body, headers } = yield* call("/blueprint.json")
      assert.strictEqual(body.name, "hotel")
      const etag = headers.get("etag")!
      const again = yield* call("/blueprint.json", { headers: { "if-none-match": etag } })
      assert.strictEqual(again.status, 304)
      assert.include((yield* call("/blueprint.schema.json")).body.$schema, "2020-12")
    })
  )

  it.effect("counts are exact as of their position, and every view and automation is listed", () =>
    Effect.gen(function* () {
      const { call } = yield* Served
      const before = (yield* call("/operations")).body
      const { streamId } = yield* stay
      yield* waitForEvents(streamId, 4)
      const after = yield* newest
      const { body } = yield* call(`/operations/at/${after}`)
      assert.strictEqual(body.position, after)
      const all = Object.values<any>({ ...body.facts, ...body.unknown })
      assert.strictEqual(
        all.reduce((sum, { count }) => sum + count, 0),
        after
      )
      for (const type of ["RoomBooked", "RoomCleanedUp", "RoomAvailable", "GuestCheckedIn"]) {
        assert.isAbove(body.facts[type].count, before.facts[type].count)
      }
      const then = (yield* call(`/operations/at/${before.position}`)).body
      assert.deepStrictEqual([then.facts, then.unknown], [before.facts, before.unknown])
      const { automations, views } = (yield* call("/operations")).body
      assert.sameMembers(Object.keys(views), ["Rooms", "Booking", "CleanupSchedule"])
      assert.deepStrictEqual(Object.keys(automations["schedule-cleaning"]), ["lag", "position", "error", "parked"])
      assert.isAtLeast(views.Booking.rows, 1)
      assert.strictEqual(views.Rooms.rows, 1)
      assert.isNull(views.Booking.error)
    })
  )

  it.effect("counts at position 0 are zero; a position that the log has not reached is 400", () =>
    Effect.gen(function* () {
      const { call } = yield* Served
      const { body } = yield* call("/operations/at/0")
      assert.deepStrictEqual(body.facts.RoomBooked, { count: 0, position: 0, time: null })
      assert.deepStrictEqual(errorPaths(yield* call("/operations/at/999999")), new Set(["position"]))
      assert.deepStrictEqual(errorPaths(yield* call("/operations/at/x")), new Set(["position"]))
      assert.deepStrictEqual(errorPaths(yield* call("/operations?at=1")), new Set(["at"]))
    })
  )

  it.effect("events are sent as CloudEvents when they are appended, in the log's order, with their positions", () =>
    Effect.gen(function* () {
      const { call } = yield* Served
      const { events, response } = yield* listenTo("")
      assert.strictEqual(response.headers.get("content-type"), "text/event-stream")
      assert.strictEqual(response.headers.get("cache-control"), "no-cache")
      const { streamId, booked } = yield* stay
      const seen: Array<ServerSentEvent> = []
      while (seen.filter(({ data }) => data.subject === streamId).length < 4) seen.push(yield* Queue.take(events))
      const positions = seen.map(({ id }) => id!)
      assert.deepStrictEqual(
        positions,
        Array.from(positions, (_, n) => positions[0]! + n)
      )
      const first = seen.find(({ data }) => data.subject === streamId)!
      assert.deepInclude(first.data, {
        specversion: "1.0",
        id: booked.facts[0]!.id,
        type: "RoomBooked",
        actor: "Guest",
        lane: "room-booking",
        position: booked.seq
      })
      assert.isUndefined(first.data.unknown)
      assert.deepStrictEqual((yield* call(`/facts/${booked.seq}`)).body, first.data)
    }).pipe(Effect.scoped)
  )

  it.effect("a feed resumes after the last event id, or after a position", () =>
    Effect.gen(function* () {
      const before = yield* newest
      const { booked, checkedIn, streamId } = yield* stay
      yield* waitForEvents(streamId, 4)
      const missed = yield* listenTo("?after=1", { "last-event-id": `${before}` })
      const first = yield* Queue.take(missed.events)
      assert.strictEqual(first.id, before + 1)
      const afterPosition = yield* listenTo(`?after=${booked.seq}&type=GuestCheckedIn`)
      assert.strictEqual((yield* Queue.take(afterPosition.events)).id, checkedIn.seq)
    }).pipe(Effect.scoped)
  )

  it.effect("a feed can be filtered by lane, type or correlation", () =>
    Effect.gen(function* () {
      const before = yield* newest
      const { checkedIn } = yield* stay
      const { client: hotel } = yield* Served
      const room = yield* freshRoom
      yield* hotel.commands.BookRoom({ room, client, date }, { correlationId: `trip-${room.id}` })
      const correlation = yield* listenTo(`?after=${before}&correlation=trip-${room.id}`)
      assert.deepStrictEqual(typesOf(yield* Queue.takeN(correlation.events, 2)), ["RoomBooked", "CleanUpScheduled"])
      const lanes = yield* listenTo(`?after=${before}&lane=hotel-admin&lane=room-cleanup`)
      for (const { data } of yield* Queue.takeN(lanes.events, 4)) {
        assert.include(["hotel-admin", "room-cleanup"], data.lane)
      }
      const types = yield* listenTo(`?after=${before}&type=GuestCheckedIn`)
      assert.strictEqual((yield* Queue.take(types.events)).id, checkedIn.seq)
    }).pipe(Effect.scoped)
  )

  it.effect("a client with a position of another log gets the counts of this one", () =>
    Effect.gen(function* () {
      const { events } = yield* listenTo("", { "last-event-id": "123456789" })
      const { data, event, id } = yield* Queue.take(events)
      assert.deepStrictEqual([event, data.since], ["counts", 0])
      assert.strictEqual(data.position, id)
      const { room } = yield* stay
      const next = yield* Queue.take(events)
      assert.deepStrictEqual([next.event, next.id], ["fact", id! + 1])
      assert.isNumber(room.id)
    }).pipe(Effect.scoped)
  )

  it.effect("400 lists the invalid parameters of the feed and the history", () =>
    Effect.gen(function* () {
      const { call } = yield* Served
      const bad = yield* call("/events?type=Roomed&lane=x&after=-1&correlation=&foo=1", {
        headers: { "last-event-id": "x" }
      })
      assert.deepStrictEqual(errorPaths(bad), new Set(["type", "lane", "after", "correlation", "foo", "last-event-id"]))
      const history = yield* call("/facts?type=Roomed&place=attic/1&before=x&limit=0&correlation=a&correlation=b")
      assert.deepStrictEqual(errorPaths(history), new Set(["type", "place", "before", "limit", "correlation"]))
      for (const streamId of ["room-night/1_*", "room-night/01_2022-12-12", "room-night/1", "room/1/2", "room/>"]) {
        assert.deepStrictEqual(errorPaths(yield* call(`/facts?place=${streamId}`)), new Set(["place"]), streamId)
      }
      assert.strictEqual((yield* call("/facts/999999999")).body.code, "NoSuchPosition")
      assert.strictEqual((yield* call("/facts/0/why")).body.code, "NoSuchPosition")
      assert.deepStrictEqual(errorPaths(yield* call("/facts/1e3?x=1")), new Set(["position", "x"]))
    })
  )

  it.effect("events are found by type, lane, event stream and correlation, newest first, page by page", () =>
    Effect.gen(function* () {
      const { call } = yield* Served
      const { booked, checkedIn, streamId, room } = yield* stay
      const inStream = yield* waitForEvents(streamId, 4)
      assert.deepStrictEqual(
        inStream.map(({ type }) => type).filter((type) => type !== "CleanUpScheduled"),
        ["GuestCheckedIn", "RoomAvailable", "RoomCleanedUp", "RoomBooked"]
      )
      yield* newest
      const byType = (yield* call("/facts?type=GuestCheckedIn&limit=1")).body
      assert.strictEqual(byType.facts[0].position, checkedIn.seq)
      const correlation = (yield* call(`/facts?correlation=${room.id}_${date}`)).body
      assert.deepStrictEqual(correlation.facts, inStream)
      const older = (yield* call(`/facts?place=${streamId}&before=${checkedIn.seq}&type=RoomBooked`)).body
      assert.deepStrictEqual([older.facts[0].position, older.next], [booked.seq, null])
      const all: Array<number> = []
      for (let before: number | null = (yield* newest) + 1; before !== null;) {
        const { body }: Answer = yield* call(`/facts?lane=room-booking&limit=7&before=${before}`)
        all.push(...body.facts.map(({ position }: any) => position))
        before = body.next
      }
      assert.deepStrictEqual(
        all,
        [...all].sort((a, b) => b - a)
      )
      const { facts } = (yield* call("/operations")).body
      assert.isAtLeast(facts.RoomBooked.count + facts.RoomAvailable.count + facts.GuestCheckedIn.count, all.length)
      assert.include(all, booked.seq)
    })
  )

  it.effect("the causation of an event has its commands, their actors and their events", () =>
    Effect.gen(function* () {
      const { call } = yield* Served
      const { client: hotel } = yield* Served
      const room = yield* freshRoom
      const booked = yield* hotel.commands.BookRoom({ room, client, date })
      const [scheduled] = yield* waitForEvents(`room-night/${room.id}_${date}`, 2)
      const { body } = yield* call(`/facts/${scheduled.position}/why`)
      assert.deepStrictEqual(
        body.steps.map(({ actor, causedBy, command, facts }: any) => [
          command,
          actor,
          causedBy,
          facts.map(({ type }: any) => type)
        ]),
        [
          ["BookRoom", "Guest", null, ["RoomBooked"]],
          ["ScheduleCleaning", "Bot", booked.seq, ["CleanUpScheduled"]]
        ]
      )
      assert.deepStrictEqual(body.chain, [booked.seq, scheduled.position])
      assert.deepStrictEqual([body.correlationId, body.complete], [`${room.id}_${date}`, true])
    })
  )

  it.effect("rejected commands are counted, and sent to listeners", () =>
    Effect.gen(function* () {
      const { call } = yield* Served
      const { commands } = (yield* Served).client
      const countIn = (body: any) => body.rejections.CheckIn.count as number
      const before = countIn((yield* call("/operations")).body)
      const all = yield* listenTo("")
      const some = yield* listenTo("?type=RoomAdded")
      const room = yield* freshRoom
      const rejection = yield* Effect.flip(commands.CheckIn({ room, client, date }))
      assert.strictEqual(rejection._tag, "RoomNotAvailable")
      let message = yield* Queue.take(all.events)
      while (message.event !== "rejections") message = yield* Queue.take(all.events)
      const { CheckIn } = message.data.commands
      assert.deepStrictEqual(Object.keys(message.data.commands), ["CheckIn"])
      assert.isUndefined(message.id)
      assert.strictEqual(CheckIn.count, before + 1)
      assert.deepInclude(CheckIn.last, {
        type: "RoomNotAvailable",
        actor: "Guest",
        place: `room-night/${room.id}_${date}`
      })
      assert.strictEqual(countIn((yield* call("/operations")).body), before + 1)

      // A dry run is not audited, and a filtered feed has events only.
      yield* call("/mutation/checkin?dryRun=true", {
        method: "PUT",
        headers: { "content-type": "application/json" },
        body: JSON.stringify({ data: { room, client, date } })
      })
      yield* freshRoom
      for (let added = 0; added < 2; added++) assert.strictEqual((yield* Queue.take(some.events)).event, "fact")
      assert.strictEqual(countIn((yield* call("/operations")).body), before + 1)
    }).pipe(Effect.scoped)
  )
}
