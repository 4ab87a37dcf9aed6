import { Context, Data, type Effect, Option, type Stream } from "effect"

export interface Entry {
  readonly value: string
  /** Grows with every change of the bucket; a put names the one it replaces. */
  readonly revision: number
  /** What the writer said of itself in `put`; absent if it said nothing, as any other client of the server. */
  readonly writer?: string
}

/** The revision that the next put names; 0 where there is nothing yet. */
export const revisionOf = (entry: Option.Option<Entry>): number =>
  Option.match(entry, { onNone: () => 0, onSome: ({ revision }) => revision })

/** What became of a key: its new value, or that it has none any more. */
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

/** A bucket as a whole. */
export interface BucketState {
  /** Differs once the bucket was deleted and created again. */
  readonly incarnation: string
  /** Keys, those included that were removed one by one. It only shrinks when somebody purges the bucket. */
  readonly entries: number
  /** How many nodes have it. With more than one, a leader that was just elected may be behind for a while. */
  readonly replicas: number
}

/**
 * The key changed since it was read. Read it again. `removed` is the revision of its removal, if somebody took it away and a
 * put asked for a key that never was.
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

/** The most bytes of a value: what a bucket takes as one message (1 MiB), less room for the key and the headers. */
export const maxValueBytes = 1_048_576 - 4_096

/** A value that its bucket refuses however often it is put. Nothing was written. */
export class ValueTooLarge extends Data.TaggedError("ValueTooLarge")<{
  readonly bucket: string
  readonly key: string
  readonly bytes: number
  readonly maxBytes: number
  /** The server takes less than the bucket does. */
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
  /** With revision 0: only if the key never was; one that was removed fails with `RevisionChanged`. */
  readonly isNew?: boolean
}

/** Entries that were looked for, in no order; `more` if there are more than were asked for. */
export interface ListResult {
  readonly entries: ReadonlyArray<KeyedEntry>
  readonly more: boolean
}

export interface Bucket {
  /** Makes the bucket if it is not there; whether it had to. */
  readonly ensure: Effect.Effect<boolean, StoreUnavailable>
  get(key: string): Effect.Effect<Option.Option<Entry>, StoreUnavailable>
  /**
   * Replaces the value that `revision` names; 0 means there is none yet. Answers with the new revision. `writer` is kept
   * beside the value: a reader can tell who wrote.
   */
  put(
    key: string,
    value: string,
    revision: number,
    writer?: string
  ): Effect.Effect<number, RevisionChanged | ValueTooLarge | StoreUnavailable>
  /**
   * Replaces several values, each as `put` does, if not all together. Answers with the new revisions, in their order. If one
   * is too large, none is written.
   */
  putAll(
    rows: ReadonlyArray<KeyedEntry>
  ): Effect.Effect<ReadonlyArray<number>, RevisionChanged | ValueTooLarge | StoreUnavailable>
  /** Why a put of this value would be refused, if it would be. */
  checkSize(key: string, value: string): ValueTooLarge | undefined
  /** Takes the value away, whichever it is. Answers with the revision of that change. */
  remove(key: string): Effect.Effect<number, StoreUnavailable>
  /** Takes all values away. */
  readonly clear: Effect.Effect<void, StoreUnavailable>
  /**
   * The newest change of each key that matches, the oldest of them first, and then all that come; a change may come twice.
   * `>` matches all, `*` one token.
   */
  watch(keys: string): Stream.Stream<KeyChange, StoreUnavailable>
  /** The newest change of each key behind a revision, in order, and then all that come. Fails where `watch` would retry. */
  revisionsAfter(after: number): Stream.Stream<KeyRevision, StoreUnavailable>
  /** None if the bucket does not exist. */
  readonly state: Effect.Effect<Option.Option<BucketState>, StoreUnavailable>
  /** At most so many entries whose keys match one of these patterns, which do not overlap; `*` is any one token. */
  list(patterns: ReadonlyArray<string>, limit: number): Effect.Effect<ListResult, StoreUnavailable>
  /** The revision of its newest change; who watches all of it has come so far, sooner or later. 0: nothing changed yet. */
  readonly lastRevision: Effect.Effect<number, StoreUnavailable>
  /** How many keys it has. */
  readonly size: Effect.Effect<number, StoreUnavailable>
}

/** Read models: bucket.key.value is table.id.attributes. */
export class KeyValue extends Context.Service<KeyValue, { bucket(name: string): Bucket }>()("layers/KeyValue") {}
