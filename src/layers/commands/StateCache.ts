import { LRUCache } from "lru-cache"
import { Projection } from "#domain/model/index.ts"
import type { Past, Stand } from "#layers/services/EventLog.ts"
import type { Recorded } from "#layers/services/RecordedEvent.ts"
import { UnguardedRead } from "./UnguardedReads.ts"

/** What a state was folded with: a projection from its initial state, or one on top of what was read unguarded. */
export type StateKey = Projection.Any | UnguardedRead

type States = ReadonlyMap<StateKey, unknown>

const projectionOf = (key: StateKey): Projection.Any => (key instanceof UnguardedRead ? key.projection : key)

/** How many states on top of unguarded reads are cached for one event stream: each has to move on with its events. */
const maxStatesOnReads = 8

/** The states with one more; of those on top of unguarded reads the oldest are dropped. */
const withState = (states: States, key: StateKey, state: unknown): States => {
  const next = new Map(states)
  next.delete(key)
  if (key instanceof UnguardedRead) {
    const onReads = [...next.keys()].filter((each) => each instanceof UnguardedRead)
    for (const old of onReads.slice(0, Math.max(0, onReads.length - maxStatesOnReads + 1))) next.delete(old)
  }
  return next.set(key, state)
}

/** What one process last saw of a place: how far it stands, which commands made it, and what that amounts to. */
interface Remembered extends Stand {
  readonly commandIds: Set<string>
  readonly states: States
}

/** What facts amount to is worked out when somebody asks: in most places nothing comes after. */
class Added implements Remembered {
  readonly position: number
  readonly count: number
  readonly commandIds: Set<string>
  #states: (() => States) | States

  constructor({ position, index }: Recorded, commandIds: Set<string>, states: () => States) {
    this.position = position
    this.count = index
    this.commandIds = commandIds
    this.#states = states
  }

  get states(): States {
    return (this.#states = typeof this.#states === "function" ? this.#states() : this.#states)
  }
}

/**
 * An event stream with more commands than this is read whenever a command comes with an id of its own, as each of an
 * automation does: that costs more the longer it is.
 */
const maxCommandIds = 10_000

/** How many command ids are cached for each event stream, on average over all. */
const meanCommandIds = 40

/**
 * What this process remembers of places, least recently used forgotten first: states, not histories. It may be stale or
 * forget anything at any time; the guard on `append` makes that harmless.
 */
export class Memory {
  readonly #places: LRUCache<string, Remembered>

  /** @param most how many places are remembered */
  constructor(most: number) {
    this.#places = new LRUCache({
      max: most,
      maxSize: maxCommandIds + most * meanCommandIds,
      sizeCalculation: ({ commandIds }) => 1 + commandIds.size
    })
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
    return known !== undefined && (known.commandIds.has(commandId) || known.commandIds.size >= maxCommandIds)
  }

  /** A place was read, and amounts to `state` for this key. Older states stay true if it stands where it stood. */
  saw(place: string, past: Past, key: StateKey, state: unknown): void {
    const known = this.#places.peek(place)
    if (known && known.position > past.position) return
    const states = known?.position === past.position ? known.states : new Map<StateKey, unknown>()
    this.#places.set(place, {
      position: past.position,
      count: past.count,
      commandIds: new Set(past.facts.slice(-maxCommandIds).map(({ commandId }) => commandId)),
      states: withState(states, key, state)
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
    // Shared with what was cached before: a command that is taken for done costs a look at the log, no more.
    const commandIds = current?.commandIds ?? new Set<string>()
    if (commandIds.size < maxCommandIds) commandIds.add(last.commandId)
    const states = () =>
      new Map(
        Array.from(new Map([...before, ...remembered]), ([key, state]) => [
          key,
          Projection.fold(projectionOf(key), news, state)
        ])
      )
    this.#places.set(place, new Added(last, commandIds, states))
  }
}
