// The rows of a bucket as a snapshot and its changes say. No DOM, no network: other front ends can copy this file.

/** What is stored under a key; without a value, the key was removed. */
export interface StoredRow {
  readonly key: string
  /** The position in the bucket's stream (`Nats-Sequence`). */
  readonly sequence: number
  /** When it was stored, in milliseconds since 1970 (`Nats-Time-Stamp`). */
  readonly time: number
  readonly value?: string
}

/** A row that was just stored. */
export interface RowChange extends StoredRow {
  /** The sequence of what was stored under the key before, 0 for nothing (`Nats-Last-Sequence`). */
  readonly previous: number
}

/** Everything that is stored up to a sequence. */
export interface Snapshot {
  readonly rows: ReadonlyArray<StoredRow>
  readonly upTo: number
}

/** `gap`: something was missed, so a new snapshot is needed. */
export type Applied = "applied" | "old" | "gap"

/** Merges snapshots and changes by their sequences. */
export const makeRowTracker = () => {
  let known = new Map<string, StoredRow>()
  let upTo = 0
  let newest = 0
  return {
    /** Starts again from a snapshot. */
    reset: (snapshot: Snapshot): void => {
      known = new Map(snapshot.rows.map((row) => [row.key, row]))
      upTo = snapshot.upTo
      newest = Math.max(0, ...snapshot.rows.map(({ time }) => time))
    },
    /** Applies the next change; one that the snapshot has already is `old`. */
    apply: ({ previous, ...row }: RowChange): Applied => {
      const before = known.get(row.key)?.sequence
      // Sequences begin at 1 again in a bucket that was recreated: its rows have low sequences, and are new all the same.
      if (row.sequence <= (before ?? upTo)) return row.time > newest ? "gap" : "old"
      // After a purge of the bucket the server knows no row before, and this page does.
      if (previous !== (before ?? 0)) return "gap"
      known.set(row.key, row)
      newest = Math.max(newest, row.time)
      return "applied"
    },
    /** The rows that have a value, in the order in which they were stored. */
    rows: (): ReadonlyArray<StoredRow & { readonly value: string }> =>
      Array.from(known.values())
        .filter((row): row is StoredRow & { readonly value: string } => row.value !== undefined)
        .sort((a, b) => a.sequence - b.sequence)
  }
}
