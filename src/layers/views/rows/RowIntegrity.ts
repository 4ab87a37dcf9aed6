import { Effect } from "effect"
import type { Entry, KeyRevision } from "#layers/services/KeyValue.ts"

/**
 * Tracks which rows of a view were written by the view itself. Each row carries the generation that it was written for; a
 * row with another generation, or without one, was written by another client, and is folded again from the log.
 */
export class RowIntegrity {
  /** The generation of the rows; undefined before the view has started. */
  generation: string | undefined
  /** How many rows this process has created. */
  createdCount = 0
  /** How many rows this process is creating: the bucket may have them before their writes are acknowledged. */
  creatingCount = 0
  /** Removed rows that an event concerns, with the revision of their removal: to be folded again from their first event. */
  readonly removalRevisions = new Map<string, number>()
  /** How many changes of other clients were observed. */
  foreignChangeCount = 0
  readonly #suspects = new Set<string>()
  readonly #listeners = new Set<() => void>()
  #checkedRevision = 0
  #seenRevision = 0

  begin(generation: string | undefined, checkedRevision: number): void {
    this.generation = generation
    this.#checkedRevision = checkedRevision
    this.#seenRevision = checkedRevision
    this.#suspects.clear()
    this.removalRevisions.clear()
    this.#notify()
  }

  /** The revision of the bucket up to which every row was written by this view. */
  get checkedRevision(): number {
    return this.#checkedRevision
  }

  /** The revision of the newest change that was observed. */
  get seenRevision(): number {
    return this.#seenRevision
  }

  get suspects(): ReadonlySet<string> {
    return this.#suspects
  }

  /** Whether this view wrote the entry. */
  isGenuine({ revision, writer }: Pick<Entry, "revision" | "writer">): boolean {
    return this.generation === undefined || writer === this.generation || revision <= this.#checkedRevision
  }

  /** Checks a change of a row. */
  observe({ isRemoved, key, revision, writer }: KeyRevision): void {
    if (isRemoved || writer !== this.generation) {
      this.foreignChangeCount++
      this.suspect(key)
    }
    this.#seenRevision = revision
    this.#advanceChecked()
  }

  suspect(key: string): void {
    this.#suspects.add(key)
    this.#notify()
  }

  clearSuspects(keys: Iterable<string>): void {
    for (const key of keys) this.#suspects.delete(key)
    this.#advanceChecked()
    this.#notify()
  }

  /** Waits until the suspects satisfy a predicate. */
  awaitSuspects(predicate: (suspects: ReadonlySet<string>) => boolean): Effect.Effect<void> {
    return Effect.callback((resume) => {
      const check = () => {
        if (predicate(this.#suspects)) resume(Effect.void)
      }
      this.#listeners.add(check)
      check()
      return Effect.sync(() => this.#listeners.delete(check))
    }).pipe(Effect.asVoid)
  }

  #advanceChecked(): void {
    if (this.#suspects.size === 0) this.#checkedRevision = Math.max(this.#checkedRevision, this.#seenRevision)
  }

  #notify(): void {
    for (const listener of this.#listeners) listener()
  }
}
