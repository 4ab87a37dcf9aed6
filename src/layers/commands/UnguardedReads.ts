import { LRUCache } from "lru-cache"
import type { Projection } from "#domain/model/index.ts"
import type { Past } from "#layers/services/EventLog.ts"

/** Milliseconds for which an unguarded read is used again: docs/guarantees.md promises it. */
export const maxAgeMillis = 1_000

/** The event streams that a command reads without a guard. */
export interface Reading {
  readonly projection: Projection.Any
  readonly streams: ReadonlyArray<string>
  /** Projection and streams in one string. */
  readonly key: string
}

/** When a read began: in monotonic milliseconds, and in changes that this process had heard of. */
export interface ReadStart {
  readonly at: number
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
interface Change {
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
  readonly #changes: LRUCache<string, Change>
  #change = 0

  /** @param max how many reads are cached */
  constructor(max: number) {
    this.#reads = new LRUCache({ max })
    // An entry matters for as long as a read that is older than it may be used: for a second.
    this.#changes = new LRUCache({ max: Math.max(max, 50_000) })
  }

  /** To be called before the streams are read. */
  start(at: number): ReadStart {
    return { at, changes: this.#change }
  }

  /** The position that a stream has reached at least: who says less is behind. */
  positionOf(stream: string): number {
    return this.#changes.peek(stream)?.position ?? 0
  }

  /** The cached read, if it may be used at this time. */
  get(reading: Reading, at: number): UnguardedRead | undefined {
    const read = this.#reads.get(reading.key)
    return read && !isOld(read, at) && !this.#isOvertaken(read, reading) ? read : undefined
  }

  /** The cached read, if it is only too old: reading its streams again will probably say the same. */
  expired(reading: Reading, at: number): UnguardedRead | undefined {
    const read = this.#reads.peek(reading.key)
    return read && isOld(read, at) && !this.#isOvertaken(read, reading) ? read : undefined
  }

  /** The streams were read. If they stand where they stood, this is the read that is cached, and young again. */
  put({ key, projection }: Reading, pasts: ReadonlyArray<Past>, state: () => unknown, start: ReadStart): UnguardedRead {
    const known = this.#reads.peek(key)
    if (known && known.positions.every((position, n) => position === pasts[n]!.position)) {
      if (start.at > known.start.at) known.start = start
      return known
    }
    const positions = pasts.map(({ position }) => position)
    const read = new UnguardedRead(projection, state(), positions, start)
    // Of two reads at once the later answer may be the older one.
    if (!known || known.positions.every((position, n) => position <= positions[n]!)) this.#reads.set(key, read)
    return read
  }

  /** The stream has come to this position: this process appended there, or read so far, or reacts to that event. */
  reached(stream: string, position: number): void {
    const known = this.#changes.peek(stream)
    if (known && known.position >= position && known.isCertain) return
    this.#changes.set(stream, {
      position: Math.max(known?.position ?? 0, position),
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
  forget({ key, streams }: Reading): void {
    this.#reads.delete(key)
    for (const stream of streams) this.#changes.delete(stream)
  }

  #isOvertaken({ positions, start }: UnguardedRead, { streams }: Reading): boolean {
    return streams.some((stream, n) => {
      const known = this.#changes.peek(stream)
      if (!known || known.change <= start.changes) return false
      return !known.isCertain || known.position > positions[n]!
    })
  }
}

const isOld = ({ start }: UnguardedRead, at: number) => at - start.at > maxAgeMillis
