/** The headers of a message as bytes; they are decoded to text on the first use of `text`. */
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

  /** One header per line. */
  get text(): string {
    const { buffer, byteOffset, byteLength } = this.#bytes
    return (this.#text ??= Buffer.from(buffer, byteOffset, byteLength).toString("latin1"))
  }
}
