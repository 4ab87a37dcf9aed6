import { Effect } from "effect"
import type { Entry, Touched } from "#layers/services/KeyValue.ts"

/**
 * What this process knows of who wrote the rows of a view. Each row bears the generation that its view has written it for;
 * what bears none, or another, was written by something else, and is folded again from the log.
 */
export class RowIntegrity {
  /** The generation of the rows; none before the view has begun. */
  generation: string | undefined
  /** How many rows this process has created. */
  created = 0
  /** Removed rows that a fold has met, with the revision of their removal: to be folded again from their first event. */
  readonly removed = new Map<string, number>()
  /** How many changes were seen that this view did not make. */
  foreignChanges = 0
  readonly #suspects = new Set<string>()
  readonly #listeners = new Set<() => void>()
  #checked = 0
  #seen = 0

  begin(generation: string | undefined, checked: number): void {
    this.generation = generation
    this.#checked = checked
    this.#seen = checked
    this.#suspects.clear()
    this.removed.clear()
    this.#changed()
  }

  /** The revision of the bucket up to which every row is what this view wrote. */
  get checked(): number {
    return this.#checked
  }

  /** The revision of the newest change that was looked at. */
  get seen(): number {
    return this.#seen
  }

  get suspects(): ReadonlySet<string> {
    return this.#suspects
  }

  /** Whether this view wrote it. */
  isGenuine({ revision, writer }: Pick<Entry, "revision" | "writer">): boolean {
    return this.generation === undefined || writer === this.generation || revision <= this.#checked
  }

  /** Looks at a change of a row. */
  see({ isRemoved, key, revision, writer }: Touched): void {
    if (isRemoved || writer !== this.generation) {
      this.foreignChanges++
      this.suspect(key)
    }
    this.#seen = revision
    this.#settle()
  }

  suspect(key: string): void {
    this.#suspects.add(key)
    this.#changed()
  }

  clear(keys: Iterable<string>): void {
    for (const key of keys) this.#suspects.delete(key)
    this.#settle()
    this.#changed()
  }

  /** Waits until the suspects are as asked for. */
  until(is: (suspects: ReadonlySet<string>) => boolean): Effect.Effect<void> {
    return Effect.callback((resume) => {
      const look = () => {
        if (is(this.#suspects)) resume(Effect.void)
      }
      this.#listeners.add(look)
      look()
      return Effect.sync(() => this.#listeners.delete(look))
    }).pipe(Effect.asVoid)
  }

  #settle(): void {
    if (this.#suspects.size === 0) this.#checked = Math.max(this.#checked, this.#seen)
  }

  #changed(): void {
    for (const listener of this.#listeners) listener()
  }
}
