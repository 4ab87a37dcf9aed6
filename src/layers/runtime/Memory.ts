import { Projection } from "#domain/grammar/index.ts"
import { LRUCache } from "lru-cache"
import type { Past, Stand } from "../EventLog.ts"
import type { Recorded } from "../Fact.ts"

type States = ReadonlyMap<Projection.Any, unknown>

/** What one process last saw of a place: how far it stands, which commands made it, and what that amounts to. */
interface Remembered extends Stand {
  readonly commandIds: ReadonlySet<string>
  readonly states: States
}

/** What facts amount to is worked out when somebody asks: in most places nothing comes after. */
class Added implements Remembered {
  readonly position: number
  readonly count: number
  readonly commandIds: ReadonlySet<string>
  #states: (() => States) | States

  constructor({ position, index }: Recorded, commandIds: ReadonlySet<string>, states: () => States) {
    this.position = position
    this.count = index
    this.commandIds = commandIds
    this.#states = states
  }

  get states(): States {
    return (this.#states = typeof this.#states === "function" ? this.#states() : this.#states)
  }
}

/** A place with more commands than this is looked up whenever a command comes with an id of its own. */
const mostCommandIds = 256

/**
 * What this process remembers of places, least recently used forgotten first: states, not histories. It may be stale or
 * forget anything at any time; the guard on `append` makes that harmless.
 */
export class Memory {
  readonly #places: LRUCache<string, Remembered>

  /** @param most how many places are remembered */
  constructor(most: number) {
    this.#places = new LRUCache({ max: most })
  }

  get size(): number {
    return this.#places.size
  }

  get(place: string): Remembered | undefined {
    return this.#places.get(place)
  }

  forget(place: string): void {
    this.#places.delete(place)
  }

  /** How far a place is known; 0 if it is not. */
  positionOf(place: string): number {
    return this.#places.peek(place)?.position ?? 0
  }

  /** Whether the command may have been done in this place before. */
  mayHaveDone(place: string, commandId: string): boolean {
    const known = this.#places.peek(place)
    return known !== undefined && (known.commandIds.has(commandId) || known.commandIds.size >= mostCommandIds)
  }

  /** A place was read, and amounts to `state` for this projection. Older states stay true if it stands where it stood. */
  saw(place: string, past: Past, projection: Projection.Any, state: unknown): void {
    const known = this.#places.peek(place)
    if (known && known.position > past.position) return
    const states = known?.position === past.position ? known.states : []
    this.#places.set(place, {
      position: past.position,
      count: past.count,
      commandIds: new Set(past.facts.slice(-mostCommandIds).map(({ commandId }) => commandId)),
      states: new Map(states).set(projection, state)
    })
  }

  /**
   * This process appended facts to the place as it stood at `stand`: the states that were true there move on with them,
   * those that are remembered and those that `before` names.
   */
  added(place: string, stand: Stand, facts: ReadonlyArray<Recorded>, before: States): void {
    const known = this.#places.peek(place)
    const last = facts.at(-1)!
    if (known && known.position > last.position) return
    const current = known?.position === stand.position ? known : undefined
    if (!current && stand.position > 0) return void this.#places.delete(place)
    const news = facts.map(({ fact }) => fact)
    const remembered = current?.states ?? []
    const commandIds = new Set(current?.commandIds).add(last.commandId)
    const states = () =>
      new Map(
        Array.from(new Map([...before, ...remembered]), ([projection, state]) => [
          projection,
          Projection.fold(projection, news, state)
        ])
      )
    this.#places.set(place, new Added(last, commandIds, states))
  }
}
