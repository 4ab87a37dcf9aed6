import { Context, Data, type Effect, type Option, type Stream } from "effect"

export interface Entry {
  readonly value: string
  /** Grows with every change of the bucket; a put names the one it replaces. */
  readonly revision: number
}

/** The key changed since it was read. Read it again. */
export class RevisionChanged extends Data.TaggedError("RevisionChanged")<{ readonly key: string }> {}

export class StoreUnavailable extends Data.TaggedError("StoreUnavailable")<{
  readonly bucket: string
  readonly reason: string
}> {
  override get message() {
    return `The bucket ${this.bucket} is not reachable: ${this.reason}`
  }
}

export interface Bucket {
  /** From whichever replica answers, which may be a little behind. */
  get(key: string): Effect.Effect<Option.Option<Entry>, StoreUnavailable>
  /** Several keys as one replica has them at one moment; those that it does not have are left out. */
  getTogether(keys: ReadonlyArray<string>): Effect.Effect<ReadonlyMap<string, Entry>, StoreUnavailable>
  /** Replaces the value that `revision` names; 0 means there is none yet. Answers with the new revision. */
  put(key: string, value: string, revision: number): Effect.Effect<number, RevisionChanged | StoreUnavailable>
  /** The value of a key now, if it has one, and each later one. */
  watch(key: string): Stream.Stream<Entry, StoreUnavailable>
}

/** Read models: bucket.key.value is table.id.attributes. */
export class KeyValue extends Context.Service<KeyValue, { bucket(name: string): Bucket }>()("layers/KeyValue") {}
