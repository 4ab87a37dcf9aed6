import { Effect, Option, Schema, type Scope } from "effect"
import { type Board, type Boundary, Name, type Projection } from "#domain/model/index.ts"
import { statesBucket } from "#layers/buckets/bucketNames.ts"
import { projectionFingerprint } from "#layers/codec/codeFingerprint.ts"
import { type KeyValue, revisionOf } from "#layers/services/KeyValue.ts"
import type { RecordedEvent } from "#layers/services/RecordedEvent.ts"
import { historyOf, type StreamRef } from "./commandStreams.ts"

/** Events of an event stream after which a state is stored again: at most so many are read and folded for a decision. */
export const snapshotInterval = 50

/** A stored state. `lastId` is the id of the event at `position`, which shows that the snapshot is of this log. */
const Snapshot = Schema.fromJsonString(
  Schema.Struct({ position: Schema.Int, count: Schema.Int, lastId: Schema.String, state: Schema.Json })
)

export interface StateSnapshot {
  readonly position: number
  readonly count: number
  readonly lastId: string
  readonly state: unknown
}

/** The key and the codec of a projection's states. The key changes with the projection's code: then older states are not found. */
const snapshotCodec = (board: Board.Any, projection: Projection.Any) => {
  const json = Schema.toCodecJson(projection.state as Schema.Codec<unknown>)
  const encodeState = Schema.encodeUnknownSync(json)
  const decodeState = Schema.decodeUnknownOption(json)
  const name = `${Name.kebab(projection.name)}-${projectionFingerprint(board, projection)}`
  return {
    keyOf: ({ boundary, key }: Boundary.StreamId) => `${boundary}.${key}.${name}`,
    encode: ({ state, ...snapshot }: StateSnapshot) => JSON.stringify({ ...snapshot, state: encodeState(state) }),
    decode: (text: string): Option.Option<StateSnapshot> =>
      Schema.decodeUnknownOption(Snapshot)(text).pipe(
        Option.flatMap((snapshot) => Option.map(decodeState(snapshot.state), (state) => ({ ...snapshot, state })))
      )
  }
}

/** What is known of an event stream after some events. */
interface NewState {
  readonly count: number
  readonly states: () => ReadonlyMap<Projection.Any, unknown>
  readonly last: RecordedEvent
}

/**
 * Stores states of projections whose `history` is `snapshots`, so that a decision does not read a long event stream as a
 * whole. A snapshot only saves work: where it is missing, unreadable or of another log, the whole event stream is read.
 * States are stored in the background, in `scope`.
 */
export const stateSnapshots = (board: Board.Any, keyValue: KeyValue["Service"], scope: Scope.Scope) => {
  const bucket = keyValue.bucket(statesBucket)
  const codecs = new Map<Projection.Any, ReturnType<typeof snapshotCodec>>()
  const codecOf = (projection: Projection.Any) => {
    const codec = codecs.get(projection) ?? snapshotCodec(board, projection)
    codecs.set(projection, codec)
    return codec
  }

  /** Stores a state, unless a newer one is stored. */
  const save = (streamId: Boundary.StreamId, projection: Projection.Any, snapshot: StateSnapshot) => {
    const { decode, encode, keyOf } = codecOf(projection)
    const key = keyOf(streamId)
    return Effect.gen(function* () {
      yield* bucket.ensure
      const stored = yield* bucket.get(key)
      const known = Option.flatMap(stored, ({ value }) => decode(value))
      if (Option.exists(known, ({ position }) => position >= snapshot.position)) return
      yield* bucket.put(key, encode(snapshot), revisionOf(stored))
    }).pipe(Effect.catch((error) => Effect.logDebug(`The state of ${key} was not stored: ${error._tag}`)))
  }

  return {
    find: (streamId: Boundary.StreamId, projection: Projection.Any): Effect.Effect<Option.Option<StateSnapshot>> => {
      const { decode, keyOf } = codecOf(projection)
      return bucket.get(keyOf(streamId)).pipe(
        Effect.map(Option.flatMap(({ value }) => decode(value))),
        Effect.catch(() => Effect.succeedNone)
      )
    },
    /** Stores the states of an event stream that had `countBefore` events, if so many were added that it is worth it. */
    saveIfDue: (stream: StreamRef, countBefore: number, { count, last, states }: NewState): Effect.Effect<void> => {
      const isDue = Math.floor(count / snapshotInterval) > Math.floor(countBefore / snapshotInterval)
      if (!isDue || historyOf(stream) !== "snapshots") return Effect.void
      const known = states()
      const { id: lastId, position } = last
      const saveAll = Effect.forEach(
        stream.projections,
        (each) => save(stream.id, each, { position, count, lastId, state: known.get(each) }),
        { discard: true }
      )
      return Effect.asVoid(Effect.forkIn(saveAll, scope))
    }
  }
}

export type StateSnapshots = ReturnType<typeof stateSnapshots>
