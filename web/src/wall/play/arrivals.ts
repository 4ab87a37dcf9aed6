/** Callbacks that wait until events have arrived at automations. */
export interface Arrivals {
  /** Marks an event as on its way to an automation. */
  readonly expect: (event: string, automation: string) => void
  /** Calls what waits for an event at an automation. */
  readonly arrive: (event: string, automation: string) => void
  /** Calls `begin` once the first of these events that is on its way has arrived; at once if none is. */
  readonly afterAny: (events: ReadonlyArray<string>, automation: string, begin: () => void) => void
  readonly clear: () => void
}

export const arrivals = (): Arrivals => {
  const waiting = new Map<string, Array<() => void>>()
  const keyOf = (event: string, automation: string) => `${event} ${automation}`
  return {
    expect: (event, automation) => void waiting.set(keyOf(event, automation), []),
    arrive: (event, automation) => {
      const key = keyOf(event, automation)
      const callbacks = waiting.get(key) ?? []
      waiting.delete(key)
      for (const begin of callbacks) begin()
    },
    afterAny: (events, automation, begin) => {
      const expected = events.map((event) => waiting.get(keyOf(event, automation))).find((each) => each !== undefined)
      if (expected) expected.push(begin)
      else begin()
    },
    clear: () => waiting.clear()
  }
}
