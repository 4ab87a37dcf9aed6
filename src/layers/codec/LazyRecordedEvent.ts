import type { Fact, Recorded } from "#layers/services/RecordedEvent.ts"
import { decodeHeader, prefix } from "./cloudEventAttributes.ts"
import type { HeaderBlock } from "./HeaderBlock.ts"

/** A fact as it stands in the log, whose headers are searched only for what is asked for. */
export class Lean implements Recorded {
  readonly position: number
  readonly subject: string
  readonly fact: Fact
  readonly #headers: HeaderBlock

  constructor(at: { readonly position: number; readonly subject: string; readonly headers: HeaderBlock }, fact: Fact) {
    this.position = at.position
    this.subject = at.subject
    this.fact = fact
    this.#headers = at.headers
  }

  #find(name: string): string | undefined {
    const start = `\n${prefix}${name}: `
    const { text } = this.#headers
    const at = text.indexOf(start)
    if (at < 0) return undefined
    const begin = at + start.length
    return decodeHeader(text.slice(begin, text.indexOf("\r\n", begin)))
  }

  #attribute(name: string): string {
    return this.#find(name) ?? ""
  }

  get id() {
    return this.#attribute("id")
  }
  get place() {
    return this.#attribute("subject")
  }
  get index() {
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
  get correlationId() {
    return this.#attribute("correlationid")
  }
  get causationId() {
    return this.#attribute("causationid")
  }
  get time() {
    return this.#attribute("time")
  }
  get traceparent() {
    return this.#find("traceparent")
  }
}
