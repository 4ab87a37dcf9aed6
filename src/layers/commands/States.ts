import { Projection } from "#domain/model/index.ts"
import type { DomainEvent } from "#layers/services/RecordedEvent.ts"

/** The states of one event stream, by projection. */
export type States = ReadonlyMap<Projection.Any, unknown>

/**
 * States that are folded on the first access: most event streams get no further command. The cache keeps tens of thousands,
 * so this is one small object without closures.
 */
export class LazyStates {
  #states: States
  #events: ReadonlyArray<DomainEvent> | undefined

  constructor(before: States, events: ReadonlyArray<DomainEvent>) {
    this.#states = before
    this.#events = events
  }

  get(): States {
    const events = this.#events
    if (events) {
      this.#states = new Map(
        Array.from(this.#states, ([projection, state]) => [projection, Projection.fold(projection, events, state)])
      )
      this.#events = undefined
    }
    return this.#states
  }
}
