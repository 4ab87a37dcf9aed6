import { LRUCache } from "lru-cache"
import type { Projection } from "#domain/model/index.ts"
import type { StreamHistory } from "#layers/services/EventLog.ts"

/** Milliseconds for which an unguarded read is reused; docs/guarantees.md promises this bound. */
export const maxAgeMillis = 1_000

/** The event streams that a command reads without a guard. */
export interface UnguardedReadSpec {
  readonly projection: Projection.Any
  readonly streams: ReadonlyArray<string>
  /** Projection and streams in one string. */
  readonly key: string
}

/** The start of a read: in monotonic milliseconds, and as the number of changes that this process knew of. */
export interface ReadStart {
  readonly startedAtMillis: number
  readonly changes: number
}

/**
 * The state of the unguarded event streams of a command. States of guarded event streams are folded on top of it, and
 * cached under this object's identity: a state on top of other streams or other events is never found under it.
 */
export class UnguardedRead {
  readonly projection: Projection.Any
  readonly state: unknown
  readonly positions: ReadonlyArray<number>
  start: ReadStart

  constructor(projection: Projection.Any, state: unknown, positions: ReadonlyArray<number>, start: ReadStart) {
    this.projection = projection
    this.state = state
    this.positions = positions
    this.start = start
  }
}

/** The cache entry of an event stream that some command reads unguarded. */
interface StreamChange {
  /** The stream has reached this position, or a later one. */
  readonly position: number
  /** Whether this is its newest position, as far as this process knows. */
  readonly isCertain: boolean
  /** The number of this change. */
  readonly change: number
}

/**
 * Caches unguarded reads for at most `maxAgeMillis`, and only while this process knows of no newer event in their streams:
 * events that it appended or read itself are always included, events of other processes after `maxAgeMillis`.
 */
export class UnguardedReads {
  readonly #reads: LRUCache<string, UnguardedRead>
  readonly #changes: LRUCache<string, StreamChange>
  #change = 0

  /** @param max how many reads are cached */
  constructor(max: number) {
    this.#reads = new LRUCache({ max })
    // A change matters only while a read that is older than it may be used: for a second.
    this.#changes = new LRUCache({ max: Math.max(max, 50_000) })
  }

  /** Has to be called before the streams are read. */
  start(nowMillis: number): ReadStart {
    return { startedAtMillis: nowMillis, changes: this.#change }
  }

  /** The newest known position of a stream: an answer with a lower one is stale. */
  positionOf(stream: string): number {
    return this.#changes.peek(stream)?.position ?? 0
  }

  /** The cached read, if it may be used now. */
  get(spec: UnguardedReadSpec, nowMillis: number): UnguardedRead | undefined {
    const read = this.#reads.get(spec.key)
    return read && !isOld(read, nowMillis) && !this.#isOvertaken(read, spec) ? read : undefined
  }

  /** The cached read, if it is invalid only by its age: its streams have probably not changed. */
  expired(spec: UnguardedReadSpec, nowMillis: number): UnguardedRead | undefined {
    const read = this.#reads.peek(spec.key)
    return read && isOld(read, nowMillis) && !this.#isOvertaken(read, spec) ? read : undefined
  }

  /** Caches a read of the streams. If their positions are those of the cached read, that is renewed and returned. */
  put(
    { key, projection }: UnguardedReadSpec,
    histories: ReadonlyArray<StreamHistory>,
    state: () => unknown,
    start: ReadStart
  ): UnguardedRead {
    const cached = this.#reads.peek(key)
    if (cached && cached.positions.every((position, n) => position === histories[n]!.position)) {
      if (start.startedAtMillis > cached.start.startedAtMillis) cached.start = start
      return cached
    }
    const positions = histories.map(({ position }) => position)
    const read = new UnguardedRead(projection, state(), positions, start)
    // Of two concurrent reads the later answer may be the older one.
    if (!cached || cached.positions.every((position, n) => position <= positions[n]!)) this.#reads.set(key, read)
    return read
  }

  /** Records that the stream has reached this position: this process appended, read or reacts to that event. */
  observe(stream: string, position: number): void {
    const cached = this.#changes.peek(stream)
    if (cached && cached.position >= position && cached.isCertain) return
    this.#changes.set(stream, {
      position: Math.max(cached?.position ?? 0, position),
      isCertain: true,
      change: ++this.#change
    })
  }

  /** Records that this process wrote to the stream with an unknown outcome. */
  mayHaveChanged(stream: string): void {
    const position = this.positionOf(stream)
    this.#changes.set(stream, { position, isCertain: false, change: ++this.#change })
  }

  /** Drops all that is cached of these streams: the log may be another one. */
  forget({ key, streams }: UnguardedReadSpec): void {
    this.#reads.delete(key)
    for (const stream of streams) this.#changes.delete(stream)
  }

  #isOvertaken({ positions, start }: UnguardedRead, { streams }: UnguardedReadSpec): boolean {
    return streams.some((stream, n) => {
      const lastChange = this.#changes.peek(stream)
      if (!lastChange || lastChange.change <= start.changes) return false
      return !lastChange.isCertain || lastChange.position > positions[n]!
    })
  }
}

const isOld = ({ start }: UnguardedRead, nowMillis: number) => nowMillis - start.startedAtMillis > maxAgeMillis
