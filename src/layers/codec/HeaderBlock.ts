/** The headers of a message as they came: bytes, of which a text is made when more is asked than how they begin. */
export class HeaderBlock {
  readonly #bytes: Uint8Array
  #text: string | undefined

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes
  }

  static of(text: string): HeaderBlock {
    return new HeaderBlock(Buffer.from(text, "latin1"))
  }

  beginsWith(beginning: Uint8Array): boolean {
    const bytes = this.#bytes
    if (bytes.length < beginning.length) return false
    for (let n = 0; n < beginning.length; n++) if (bytes[n] !== beginning[n]) return false
    return true
  }

  /** A line each. */
  get text(): string {
    const { buffer, byteOffset, byteLength } = this.#bytes
    return (this.#text ??= Buffer.from(buffer, byteOffset, byteLength).toString("latin1"))
  }
}
