import type { Msg } from "@nats-io/transport-node"
import { HeaderBlock } from "#layers/codec/HeaderBlock.ts"

interface MsgInternals {
  readonly _rdata?: Uint8Array
  readonly _msg?: { readonly hdr?: number }
}

/**
 * The bytes of a message's headers. On first access the client parses all of them into a map, which costs more than all
 * other work on a message; it keeps the bytes, though not in its public types.
 */
const headerBytes = (message: Msg): Uint8Array | undefined => {
  const { _rdata: bytes, _msg } = message as unknown as MsgInternals
  return bytes instanceof Uint8Array && typeof _msg?.hdr === "number"
    ? bytes.subarray(0, Math.max(0, _msg.hdr))
    : undefined
}

/** All headers as received. If the bytes are not found, the parsed headers are encoded again. */
export const headerBlock = (message: Msg): HeaderBlock => {
  const bytes = headerBytes(message)
  if (bytes) return new HeaderBlock(bytes)
  const { code = 0, description = "" } = message.headers ?? {}
  const lines = Array.from(message.headers ?? [], ([name, values]) => `${name}: ${values[0]}\r\n`)
  return HeaderBlock.of(`NATS/1.0${code > 0 ? ` ${code} ${description}` : ""}\r\n${lines.join("")}`)
}

/** The same as text, one line per header. */
export const headerText = (message: Msg): string => headerBlock(message).text

/** The last value of a header in such a text: the server's own headers are the last ones. */
export const headerValue = (text: string, name: string): string => {
  const start = text.lastIndexOf(`\n${name}: `)
  return start < 0 ? "" : text.slice(start + name.length + 3, text.indexOf("\r\n", start + 1))
}

/** The header that marks a removed key of a bucket (ADR-8). */
export const keyOperationHeader = "KV-Operation"

/** Whether these are the headers of a tombstone, which removes a key of a bucket. */
export const hasTombstoneHeader = (text: string): boolean => headerValue(text, keyOperationHeader) !== ""

/** The header that names the process that wrote a value. */
export const writerHeader = "Kv-Writer"

/** The process that wrote a value, if the header is set. */
export const parseWriter = (text: string): { readonly writer?: string } => {
  const writer = headerValue(text, writerHeader)
  return writer === "" ? {} : { writer }
}

const spaceByte = 0x20
/** Length of `NATS/1.0`, which a space and a status code may follow. */
const versionLength = 8

/** The status of a response without a message, such as 404 or 503; 0 for a message. */
export const statusOf = (message: Msg): number => {
  const bytes = headerBytes(message)
  if (!bytes) return message.headers?.code ?? 0
  if (bytes[versionLength] !== spaceByte) return 0
  return Number.parseInt(Buffer.from(bytes.buffer, bytes.byteOffset + versionLength + 1, 3).toString("latin1"), 10)
}
