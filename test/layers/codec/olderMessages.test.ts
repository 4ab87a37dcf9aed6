import { assert, it } from "@effect/vitest"
import { Result } from "effect"
import { Board, Boundary, Lane } from "#domain/model/index.ts"
import { parseHeaders } from "#layers/codec/cloudEventAttributes.ts"
import { cloudEventCodec } from "#layers/codec/cloudEventCodec.ts"
import { HeaderBlock } from "#layers/codec/HeaderBlock.ts"
import { storedEvents } from "#layers/codec/storedEvents.ts"
import { emptyStream } from "#layers/services/EventLog.ts"
import { eventsOf } from "#layers/services/RecordedEvent.ts"
import { postBefore, postNow } from "#test/boards/postBoards.ts"
import { anyOf } from "#test/support/arbitraries.ts"
import { testMetadata } from "#test/support/libraryFixtures.ts"

const before = cloudEventCodec(postBefore)
const now = cloudEventCodec(postNow)
const lanes = Board.laneOf(postBefore)
const known = new Set(Board.events(postNow).map(({ identifier }) => identifier))

it.prop(
  "a message of an older shape is read as the newest, lazily and in full, and restored as it was stored",
  [anyOf(Board.events(postBefore))],
  ([event]) => {
    const streamId = Lane.streamIds(lanes.get(event._tag)!, event)[0]!
    const expected = [{ streamId, version: emptyStream }]
    const [stored] = storedEvents(postBefore)(expected, [event], testMetadata("c"))
    const message = before.encode(stored!)
    const { subject } = stored!
    const text = `NATS/1.0\r\n${message.headers}`
    const data = () => JSON.parse(message.data) as unknown
    const full = Result.getOrThrow(now.decode({ subject, position: 7, headers: parseHeaders(text), data }))
    const lazy = Result.getOrThrow(now.decodeLazily({ subject, position: 7, headers: HeaderBlock.of(text), data }))
    assert.strictEqual(lazy.constructor.name, "LazyRecordedEvent")
    assert.deepStrictEqual(lazy.readAs, full.readAs)
    assert.isTrue(eventsOf(full).every(({ _tag }) => known.has(_tag)))
    assert.strictEqual(full.streamId, Boundary.format(streamId))
    assert.deepStrictEqual(now.encode(full), message)
    assert.deepStrictEqual(now.encode(lazy), message)
  }
)
