import type { DomainEvent, RecordedEvent } from "#layers/services/RecordedEvent.ts"
import { decodeHeader, headerPrefix } from "./cloudEventAttributes.ts"
import type { HeaderBlock } from "./HeaderBlock.ts"

/** A recorded event that finds each attribute in its headers on access. */
export class LazyRecordedEvent implements RecordedEvent {
  readonly position: number
  readonly subject: string
  readonly event: DomainEvent
  readonly readAs?: ReadonlyArray<DomainEvent>
  readonly #headers: HeaderBlock

  constructor(
    message: { readonly position: number; readonly subject: string; readonly headers: HeaderBlock },
    event: DomainEvent,
    readAs: ReadonlyArray<DomainEvent> | undefined
  ) {
    this.position = message.position
    this.subject = message.subject
    this.event = event
    if (readAs) this.readAs = readAs
    this.#headers = message.headers
  }

  #find(name: string): string | undefined {
    const start = `\n${headerPrefix}${name}: `
    const { text } = this.#headers
    const index = text.indexOf(start)
    if (index < 0) return undefined
    const begin = index + start.length
    return decodeHeader(text.slice(begin, text.indexOf("\r\n", begin)))
  }

  #attribute(name: string): string {
    return this.#find(name) ?? ""
  }

  get id() {
    return this.#attribute("id")
  }
  get streamId() {
    return this.#attribute("subject")
  }
  get streamRevision() {
    return Number(this.#attribute("factindex"))
  }
  get command() {
    const source = this.#attribute("source")
    return source.slice(source.lastIndexOf("/") + 1)
  }
  get commandId() {
    return this.#attribute("commandid")
  }
  get commandHash() {
    return this.#attribute("commandhash")
  }
  get actor() {
    return this.#attribute("actor")
  }
  get authId() {
    return this.#find("authid")
  }
  get correlationId() {
    return this.#attribute("correlationid")
  }
  get causationId() {
    return this.#attribute("causationid")
  }
  get time() {
    return this.#attribute("time")
  }
  get copyOf() {
    return this.#find("copyof")
  }
  get traceparent() {
    return this.#find("traceparent")
  }
}
