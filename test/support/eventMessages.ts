import { deepStrictEqual } from "node:assert"
import { assert } from "@effect/vitest"
import { parseHeaders } from "#layers/codec/cloudEventAttributes.ts"
import type { Message } from "#layers/codec/cloudEventCodec.ts"

/** The attributes of an event's message. */
export const attributes = [
  "specversion",
  "id",
  "source",
  "type",
  "subject",
  "time",
  "datacontenttype",
  "dataschema",
  "correlationid",
  "causationid",
  "commandid",
  "commandhash",
  "actor",
  "authid",
  "authtype",
  "factindex",
  "traceparent"
]
export const optional = new Set(["authid", "authtype", "traceparent"])

export const toParsedMessage = (
  { data, headers }: Message,
  { position, subject } = { position: 7, subject: "a.subject" }
) => {
  const found = new Map(parseHeaders(headers))
  return { position, subject, headers: found, data: (): unknown => JSON.parse(data) }
}

/** Visible ASCII except the quote: nothing that could end a header or begin another. */
const visible = /^[\x21\x23-\x7e]+$/u

export const assertPlainHeaders = ({ headers }: Message, required: ReadonlyArray<string>) => {
  // Not with `parseHeaders`, which trims values and skips lines without a name.
  assert.match(headers, /\r\n$/u)
  const lines = headers.slice(0, -2).split("\r\n")
  const fields = lines.map((line) => [line.slice(0, line.indexOf(": ")), line.slice(line.indexOf(": ") + 2)] as const)
  const names = fields.map(([name]) => name)
  deepStrictEqual(new Set(names).size, names.length)
  for (const name of required) assert.include(names, `ce-${name}`)
  for (const [name, value] of fields) {
    assert.isTrue(
      attributes.some((attribute) => name === `ce-${attribute}`),
      name
    )
    assert.match(value, visible)
  }
}
