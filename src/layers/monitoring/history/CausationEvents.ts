import type { EventView } from "#layers/contract/eventSchema.ts"
import type { LogMessage } from "#layers/services/LogReader.ts"
import { type Link, linkOf } from "./causationSteps.ts"

/** The most events of one correlation that an answer considers: those nearest to the requested event. */
const maxCorrelationEvents = 1_000

/** The events of one answer, and the links of further events that caused them, as far as they were found. */
export class CausationEvents {
  readonly #toView: (logged: LogMessage) => EventView
  readonly #viewByPosition = new Map<number, EventView>()
  readonly #linkById = new Map<string, Link>()
  #isTruncated = false

  constructor(toView: (logged: LogMessage) => EventView) {
    this.#toView = toView
  }

  /** Adds an event to the answer. */
  add(logged: LogMessage, link: Link): void {
    this.addLink(link)
    this.#viewByPosition.set(logged.position, this.#toView(logged))
  }

  /** Adds an event that caused another one, but is not part of the answer. */
  addLink(link: Link): void {
    if (link.id !== undefined) this.#linkById.set(link.id, link)
  }

  /** Adds an event to the answer if it is of a correlation, unless the answer has its most events. */
  addIfCorrelated(logged: LogMessage, correlationid: string): void {
    const link = linkOf(logged)
    if (link.correlationid !== correlationid) return
    this.#isTruncated ||= this.#viewByPosition.size >= maxCorrelationEvents
    if (!this.#isTruncated) this.add(logged, link)
  }

  /** Whether an event was left out, since the answer has its most events. */
  get isTruncated(): boolean {
    return this.#isTruncated
  }

  /** Whether another event caused this one, and was not found yet. */
  lacksCause({ causationid, commandid }: Partial<Pick<Link, "causationid" | "commandid">>): boolean {
    return causationid !== undefined && causationid !== commandid && !this.#linkById.has(causationid)
  }

  get links(): ReadonlyMap<string, Link> {
    return this.#linkById
  }

  /** The events of the answer, in the order in which they were added. */
  get views(): Iterable<EventView> {
    return this.#viewByPosition.values()
  }
}
