import type { Msg } from "@nats-io/transport-node"
import { HeaderBlock } from "#layers/codec/HeaderBlock.ts"

interface MsgInternals {
  readonly _rdata?: Uint8Array
  readonly _msg?: { readonly hdr?: number }
}

/**
 * The bytes of a message's headers. At the first look the client parses all of them into a map, which costs more than
 * everything else that is done with a message; it keeps the bytes, though not in its public types.
 */
const headerBytes = (message: Msg): Uint8Array | undefined => {
  const { _rdata: bytes, _msg } = message as unknown as MsgInternals
  return bytes instanceof Uint8Array && typeof _msg?.hdr === "number"
    ? bytes.subarray(0, Math.max(0, _msg.hdr))
    : undefined
}

/** All headers as they came. Where the bytes are not found, the parsed ones are written out again. */
export const headerBlock = (message: Msg): HeaderBlock => {
  const bytes = headerBytes(message)
  if (bytes) return new HeaderBlock(bytes)
  const { code = 0, description = "" } = message.headers ?? {}
  const lines = Array.from(message.headers ?? [], ([name, values]) => `${name}: ${values[0]}\r\n`)
  return HeaderBlock.of(`NATS/1.0${code > 0 ? ` ${code} ${description}` : ""}\r\n${lines.join("")}`)
}

/** The same as text, a line each. */
export const headerText = (message: Msg): string => headerBlock(message).text

/** The last value of a header in such a text: what the server adds comes last. */
export const headerValue = (text: string, name: string): string => {
  const start = text.lastIndexOf(`\n${name}: `)
  return start < 0 ? "" : text.slice(start + name.length + 3, text.indexOf("\r\n", start + 1))
}

/** How a bucket says what became of a key that has no value (ADR-8). */
export const keyOperationHeader = "KV-Operation"

/** Whether these are the headers of a message that takes a key of a bucket away. */
export const hasTombstoneHeader = (text: string): boolean => headerValue(text, keyOperationHeader) !== ""

/** The header that names the process that wrote a value. */
export const writerHeader = "Kv-Writer"

/** Who put a value, if it said so. */
export const parseWriter = (text: string): { readonly writer?: string } => {
  const writer = headerValue(text, writerHeader)
  return writer === "" ? {} : { writer }
}

const spaceByte = 0x20
/** `NATS/1.0 503`: where the space is, and where the code. */
const versionLength = 8

/** The status of an answer that is no message: 404, 503 and the like; 0 for a message. */
export const statusOf = (message: Msg): number => {
  const bytes = headerBytes(message)
  if (!bytes) return message.headers?.code ?? 0
  if (bytes[versionLength] !== spaceByte) return 0
  return Number.parseInt(Buffer.from(bytes.buffer, bytes.byteOffset + versionLength + 1, 3).toString("latin1"), 10)
}
