import { Schema } from "effect"
import * as SchemaJITCompiler from "effect/schema/SchemaJITCompiler"

/** Header names and values; where a name occurs more than once, its first value counts. */
export type HeaderEntries = Iterable<readonly [string, string | ReadonlyArray<string>]>

/**
 * The attributes a fact carries as `ce-*` headers: CloudEvents 1.0, binary mode of its NATS binding.
 * The lower-case extensions are this project's; `factindex` counts the facts of a place, so that a reader of the newest
 * of each kind sees whether it has them all.
 */
const Attributes = Schema.Struct({
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
  factindex: Schema.FiniteFromString,
  traceparent: Schema.optionalKey(Schema.String)
})
export type Attributes = typeof Attributes.Encoded

SchemaJITCompiler.enable(Attributes.ast)
export const decodeAttributes = Schema.decodeUnknownResult(Attributes)

/** What the name of an attribute begins with as a header. */
export const headerPrefix = "ce-"

/** Attributes as lines of headers, in this order. */
export const headerLines = (attributes: { readonly [A in keyof Attributes]?: Attributes[A] | undefined }): string => {
  let lines = ""
  for (const name in attributes) {
    const value = attributes[name as keyof Attributes]
    if (value !== undefined) lines += `${headerPrefix}${name}: ${encodeHeader(value)}\r\n`
  }
  return lines
}

/** The lines of a text of headers, as names and values. */
export const parseHeaders = (headers: string): ReadonlyArray<readonly [string, string]> =>
  headers.split("\r\n").flatMap((line) => {
    const colon = line.indexOf(":")
    return colon < 0 ? [] : [[line.slice(0, colon), line.slice(colon + 1).trim()] as const]
  })

/** Printable ASCII but for space, quote and percent passes; all else is percent-encoded, as the binding asks. */
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

/** Header names are read in any case, since other writers may capitalise them. */
export const parseAttributes = (headers: HeaderEntries): Record<string, string> => {
  const attributes: Record<string, string> = {}
  for (const [name, value] of headers) {
    const lower = name.toLowerCase()
    if (lower.startsWith(headerPrefix) && !(lower.slice(headerPrefix.length) in attributes))
      attributes[lower.slice(headerPrefix.length)] = decodeHeader(typeof value === "string" ? value : (value[0] ?? ""))
  }
  return attributes
}
