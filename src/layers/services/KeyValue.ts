import { Context, Data, type Effect, Option, type Stream } from "effect"

export interface Entry {
  readonly value: string
  /** Increases with each change of the bucket; a put names the revision it replaces. */
  readonly revision: number
  /** The `writer` given to `put`; absent for values that other clients of the server wrote. */
  readonly writer?: string
}

/** The revision that the next put has to name; 0 if the key has no value. */
export const revisionOf = (entry: Option.Option<Entry>): number =>
  Option.match(entry, { onNone: () => 0, onSome: ({ revision }) => revision })

/** A change of a key: its new value, or none if it was removed. */
export interface KeyChange {
  readonly key: string
  readonly value: Option.Option<string>
  readonly revision: number
}

/** The newest change of a key, without its value. */
export interface KeyRevision {
  readonly key: string
  readonly revision: number
  readonly isRemoved: boolean
  readonly writer?: string
}

/** The state of a bucket as a whole. */
export interface BucketState {
  /** Changes when the bucket is deleted and created again. */
  readonly incarnation: string
  /** The number of keys, including those that were removed singly. It only decreases by a purge of the bucket. */
  readonly entries: number
  /** The number of replicas. With more than one, a new leader may be behind for a while. */
  readonly replicas: number
}

/**
 * The key has changed since it was read: read it again. `removalRevision` is set if the put required a new key, and the
 * key existed and was removed at that revision.
 */
export class RevisionChanged extends Data.TaggedError("RevisionChanged")<{
  readonly key: string
  readonly removalRevision?: number
}> {}

export class StoreUnavailable extends Data.TaggedError("StoreUnavailable")<{
  readonly bucket: string
  readonly reason: string
}> {
  override get message() {
    return `The bucket ${this.bucket} is not reachable: ${this.reason}`
  }
}

/** The most bytes of a value: a bucket's limit for one message (1 MiB), minus room for the key and the headers. */
export const maxValueBytes = 1_048_576 - 4_096

/** The value exceeds the size limit of its bucket. Nothing was written; a retry fails, too. */
export class ValueTooLarge extends Data.TaggedError("ValueTooLarge")<{
  readonly bucket: string
  readonly key: string
  readonly bytes: number
  readonly maxBytes: number
  /** Set if the server's limit is lower than the bucket's. */
  readonly limit?: "max_payload"
}> {
  override get message() {
    const [limitNote, remedy] = this.limit
      ? [
          " (the max_payload of its server, less room for headers)",
          ", or raise max_payload in the server's configuration"
        ]
      : ["", ""]
    return (
      `${this.key} would have ${this.bytes} bytes in the bucket ${this.bucket}, which takes at most ${this.maxBytes}${limitNote}. ` +
      `Keep less in one value: of a view, give its rows a narrower key or its state fewer fields${remedy}.`
    )
  }
}

export interface KeyedEntry extends Entry {
  readonly key: string
  /** With revision 0: the key must never have existed; a removed one fails with `RevisionChanged`. */
  readonly isNew?: boolean
}

/** Entries in no particular order; `more` if there are more than the limit. */
export interface ListResult {
  readonly entries: ReadonlyArray<KeyedEntry>
  readonly more: boolean
}

export interface Bucket {
  /** Creates the bucket if it does not exist. Returns whether it was created. */
  readonly ensure: Effect.Effect<boolean, StoreUnavailable>
  get(key: string): Effect.Effect<Option.Option<Entry>, StoreUnavailable>
  /**
   * Replaces the value that has this `revision`; 0 if the key has no value. Returns the new revision. `writer` is stored
   * with the value, so that readers can identify the writer.
   */
  put(
    key: string,
    value: string,
    revision: number,
    writer?: string
  ): Effect.Effect<number, RevisionChanged | ValueTooLarge | StoreUnavailable>
  /**
   * Replaces several values, each as `put` does, and not atomically. Returns the new revisions in the same order. If one
   * value is too large, none is written.
   */
  putAll(
    rows: ReadonlyArray<KeyedEntry>
  ): Effect.Effect<ReadonlyArray<number>, RevisionChanged | ValueTooLarge | StoreUnavailable>
  /** The error of a put of this value if it is too large. */
  checkSize(key: string, value: string): ValueTooLarge | undefined
  /** Removes the value, also if its revision has changed. Returns the revision of the removal. */
  remove(key: string): Effect.Effect<number, StoreUnavailable>
  /** Removes all values. */
  readonly clear: Effect.Effect<void, StoreUnavailable>
  /**
   * The newest change of each matching key, oldest first, then new changes; a change may be delivered twice. `>` matches
   * all keys, `*` one token.
   */
  watch(keys: string): Stream.Stream<KeyChange, StoreUnavailable>
  /** The newest change of each key after a revision, in order, then new changes. Fails where `watch` would retry. */
  revisionsAfter(after: number): Stream.Stream<KeyRevision, StoreUnavailable>
  /** None if the bucket does not exist. */
  readonly state: Effect.Effect<Option.Option<BucketState>, StoreUnavailable>
  /** At most `limit` entries whose keys match one of these patterns, which must not overlap; `*` matches one token. */
  list(patterns: ReadonlyArray<string>, limit: number): Effect.Effect<ListResult, StoreUnavailable>
  /** The revision of the newest change, which a watch of the whole bucket reaches; 0 if there is none. */
  readonly lastRevision: Effect.Effect<number, StoreUnavailable>
  /** The number of keys that have a value. */
  readonly size: Effect.Effect<number, StoreUnavailable>
}

/** Key-value buckets: each read model is a bucket, and each row a key in it. */
export class KeyValue extends Context.Service<KeyValue, { bucket(name: string): Bucket }>()("layers/KeyValue") {}
