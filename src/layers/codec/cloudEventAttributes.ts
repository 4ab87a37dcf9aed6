import { Schema } from "effect"
import * as SchemaJITCompiler from "effect/schema/SchemaJITCompiler"

/** Header names and values; where a name occurs more than once, its first value counts. */
export type HeaderEntries = Iterable<readonly [string, string | ReadonlyArray<string>]>

/**
 * The attributes of an event as `ce-*` headers: CloudEvents 1.0, binary mode of its NATS binding. The extensions from
 * `correlationid` to `factindex`, and `copyof`, are this project's; `factindex` counts the events of an event stream, so that
 * a reader of the newest event of each type can tell whether it has all of them. `copyof` is the id of the event that a
 * message is a copy of. `authid` and `authtype` are CloudEvents' own extension for the authenticated caller.
 */
export const Attributes = Schema.Struct({
  specversion: Schema.Literal("1.0"),
  id: Schema.String,
  source: Schema.String,
  type: Schema.String,
  subject: Schema.String,
  time: Schema.String,
  datacontenttype: Schema.Literal("application/json"),
  dataschema: Schema.String,
  correlationid: Schema.String,
  causationid: Schema.String,
  commandid: Schema.String,
  commandhash: Schema.String,
  actor: Schema.String,
  authid: Schema.optionalKey(Schema.String),
  authtype: Schema.optionalKey(Schema.String),
  factindex: Schema.FiniteFromString,
  traceparent: Schema.optionalKey(Schema.String),
  copyof: Schema.optionalKey(Schema.String)
})
export type Attributes = typeof Attributes.Encoded

SchemaJITCompiler.enable(Attributes.ast)
export const decodeAttributes = Schema.decodeUnknownResult(Attributes)

export const headerPrefix = "ce-"

/** Formats attributes as header lines, in the order of the object's keys. */
export const headerLines = (attributes: { readonly [A in keyof Attributes]?: Attributes[A] | undefined }): string => {
  let lines = ""
  for (const name in attributes) {
    const value = attributes[name as keyof Attributes]
    if (value !== undefined) lines += `${headerPrefix}${name}: ${encodeHeader(value)}\r\n`
  }
  return lines
}

/** The headers that come first: the lazy decoder recognizes messages of its own codec by them. */
export const leadingHeaders = (dataschema: string) => headerLines({ specversion: "1.0", dataschema })

/** The source of a message: the command that decided it, of the board of this name. */
export const sourceAttribute = (board: string, command: string) => ({ source: `/${board}/${command}` })

export const parseHeaders = (headers: string): ReadonlyArray<readonly [string, string]> =>
  headers.split("\r\n").flatMap((line) => {
    const colon = line.indexOf(":")
    return colon < 0 ? [] : [[line.slice(0, colon), line.slice(colon + 1).trim()] as const]
  })

/** Percent-encodes everything except printable ASCII without space, quote and percent, as the NATS binding requires. */
const encodeHeader = (value: string): string =>
  /^[\x21\x23\x24\x26-\x7e]*$/u.test(value)
    ? value
    : value.toWellFormed().replace(/[^\x21\x23\x24\x26-\x7e]+/gu, encodeURIComponent)

export const decodeHeader = (value: string): string => {
  if (!value.includes("%")) return value
  try {
    return decodeURIComponent(value)
  } catch {
    return value
  }
}

/** Matches header names in any case, since other writers may capitalise them. */
export const parseAttributes = (headers: HeaderEntries): Record<string, string> => {
  const attributes: Record<string, string> = {}
  for (const [name, value] of headers) {
    const lower = name.toLowerCase()
    if (lower.startsWith(headerPrefix) && !(lower.slice(headerPrefix.length) in attributes))
      attributes[lower.slice(headerPrefix.length)] = decodeHeader(typeof value === "string" ? value : (value[0] ?? ""))
  }
  return attributes
}
