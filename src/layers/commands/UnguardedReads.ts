import { LRUCache } from "lru-cache"
import type { Projection } from "#domain/model/index.ts"
import type { StreamHistory } from "#layers/services/EventLog.ts"

/** Milliseconds for which an unguarded read is used again: docs/guarantees.md promises it. */
export const maxAgeMillis = 1_000

/** The event streams that a command reads without a guard. */
export interface UnguardedReadSpec {
  readonly projection: Projection.Any
  readonly streams: ReadonlyArray<string>
  /** Projection and streams in one string. */
  readonly key: string
}

/** When a read began: in monotonic milliseconds, and in changes that this process had heard of. */
export interface ReadStart {
  readonly startedAtMillis: number
  readonly changes: number
}

/**
 * What the unguarded event streams of a command amounted to. States of guarded event streams are folded on top of one, and
 * cached under this very object: what was folded on top of other streams, or of other events, is never found under it.
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
  /** The position that the stream has reached at least. */
  readonly position: number
  /** Whether it stands exactly there, as far as this process knows. */
  readonly isCertain: boolean
  /** The number of this change. */
  readonly change: number
}

/**
 * Caches unguarded reads for at most `maxAgeMillis`, and only while this process knows of no newer event in their streams:
 * what it has appended or read itself is never overlooked, what other processes append is seen within the age.
 */
export class UnguardedReads {
  readonly #reads: LRUCache<string, UnguardedRead>
  readonly #changes: LRUCache<string, StreamChange>
  #change = 0

  /** @param max how many reads are cached */
  constructor(max: number) {
    this.#reads = new LRUCache({ max })
    // An entry matters for as long as a read that is older than it may be used: for a second.
    this.#changes = new LRUCache({ max: Math.max(max, 50_000) })
  }

  /** To be called before the streams are read. */
  start(nowMillis: number): ReadStart {
    return { startedAtMillis: nowMillis, changes: this.#change }
  }

  /** The position that a stream has reached at least: who says less is behind. */
  positionOf(stream: string): number {
    return this.#changes.peek(stream)?.position ?? 0
  }

  /** The cached read, if it may be used at this time. */
  get(spec: UnguardedReadSpec, nowMillis: number): UnguardedRead | undefined {
    const read = this.#reads.get(spec.key)
    return read && !isOld(read, nowMillis) && !this.#isOvertaken(read, spec) ? read : undefined
  }

  /** The cached read, if it is only too old: reading its streams again will probably say the same. */
  expired(spec: UnguardedReadSpec, nowMillis: number): UnguardedRead | undefined {
    const read = this.#reads.peek(spec.key)
    return read && isOld(read, nowMillis) && !this.#isOvertaken(read, spec) ? read : undefined
  }

  /** The streams were read. If they stand where they stood, this is the read that is cached, and young again. */
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
    // Of two reads at once the later answer may be the older one.
    if (!cached || cached.positions.every((position, n) => position <= positions[n]!)) this.#reads.set(key, read)
    return read
  }

  /** The stream has come to this position: this process appended there, or read so far, or reacts to that event. */
  observe(stream: string, position: number): void {
    const cached = this.#changes.peek(stream)
    if (cached && cached.position >= position && cached.isCertain) return
    this.#changes.set(stream, {
      position: Math.max(cached?.position ?? 0, position),
      isCertain: true,
      change: ++this.#change
    })
  }

  /** This process wrote to the stream and does not know whether that was stored. */
  mayHaveChanged(stream: string): void {
    const position = this.positionOf(stream)
    this.#changes.set(stream, { position, isCertain: false, change: ++this.#change })
  }

  /** Nothing that is known holds: the log may be another one. */
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
