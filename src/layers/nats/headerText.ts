import type { JsMsg } from "@nats-io/jetstream"

interface AsKept {
  readonly msg?: { readonly _rdata?: Uint8Array; readonly _msg?: { readonly hdr?: number } }
}

/**
 * The headers of a message as the text that came. At the first look the client parses all of them into a map, which costs
 * more than everything else that a replay does with a message; it keeps the bytes, though not in its public types. Where
 * they are not found, the parsed ones are written out again.
 */
export const headerText = (message: JsMsg): string => {
  const { _rdata: bytes, _msg } = (message as unknown as AsKept).msg ?? {}
  const length = _msg?.hdr ?? -1
  if (bytes instanceof Uint8Array && length >= 0) {
    return Buffer.from(bytes.buffer, bytes.byteOffset, length).toString("latin1")
  }
  return Array.from(message.headers ?? [], ([name, values]) => `${name}: ${values[0]}\r\n`).join("")
}
