import { Schema } from "effect"

/*
 * The type system of CloudEvents 1.0.2, for attributes in JSON and in headers. The official SDK for JavaScript rejects
 * leap seconds and fills in missing attributes, so only the tests use it, as an oracle.
 */

/** Control characters, lone surrogates and noncharacters are not text that an attribute may hold. */
const forbidden = /[\p{Cc}\p{Cs}\p{Noncharacter_Code_Point}]/u

const isText = (text: string) => !forbidden.test(text) || "Expected text without control characters"

/** The text of an attribute that must not be empty. */
export const Text = Schema.String.check(Schema.isMinLength(1), Schema.makeFilter(isText))

const pctEncoded = "%[0-9A-Fa-f]{2}"
const pchar = `(?:[A-Za-z0-9\\-._~!$&'()*+,;=:@]|${pctEncoded})`
const query = `(?:${pchar}|[/?])*`
const authority = `(?:(?:[A-Za-z0-9\\-._~!$&'()*+,;=:]|${pctEncoded})*@)?(?:\\[[0-9A-Fa-fvV:.]+\\]|(?:[A-Za-z0-9\\-._~!$&'()*+,;=]|${pctEncoded})*)(?::\\d*)?`
const relativeFirstSegment = `(?:[A-Za-z0-9\\-._~!$&'()*+,;=@]|${pctEncoded})+`
const hierarchy = (first: string) =>
  `(?://${authority}(?:/${pchar}*)*|/(?:${pchar}+(?:/${pchar}*)*)?|${first}(?:/${pchar}*)*|)`

/** RFC 3986, sections 4.1 to 4.3: a URI with its scheme, or relative to one. */
const uriReference = new RegExp(
  `^(?:[A-Za-z][A-Za-z0-9+\\-.]*:${hierarchy(`${pchar}+`)}|${hierarchy(relativeFirstSegment)})(?:\\?${query})?(?:#${query})?$`,
  "u"
)

export const UriReference = Text.check(
  Schema.makeFilter(
    (text) => uriReference.test(text) || "Expected a URI reference, such as /a/desk or https://desk.example"
  )
).annotate({ format: "uri-reference" })

const timestamp = /^(\d{4})-(\d\d)-(\d\d)t(\d\d):(\d\d):(\d\d)(?:\.\d+)?(?:z|([+-])(\d\d):(\d\d))$/iu

/** Whether RFC 3339 allows this time. A leap second is the 61st second of a day's last minute in UTC. */
const isInCalendar = (text: string): boolean => {
  const [, year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = (timestamp.exec(text) ?? []).map(Number)
  const [sign, offsetHour = 0, offsetMinute = 0] = timestamp.exec(text)?.slice(7) ?? []
  if (month < 1 || month > 12 || hour > 23 || minute > 59 || second > 60) return false
  if (Number(offsetHour) > 23 || Number(offsetMinute) > 59) return false
  const date = new Date(0)
  date.setUTCFullYear(year, month, 0)
  if (day < 1 || day > date.getUTCDate()) return false
  const offset = (sign === "-" ? -1 : 1) * (Number(offsetHour) * 60 + Number(offsetMinute))
  const minuteInUtc = (hour * 60 + minute - offset + 2 * 1440) % 1440
  return second < 60 || minuteInUtc === 1439
}

export const Timestamp = Schema.String.check(
  Schema.makeFilter((text) => timestamp.test(text) || "Expected a timestamp, such as 2022-12-12T10:00:00Z"),
  Schema.makeFilter(
    (text) => !timestamp.test(text) || isInCalendar(text) || "Expected a time that exists in the calendar"
  )
).annotate({ format: "date-time" })

/** `application/json`, or a media type with the suffix `+json`, with any parameters. */
const jsonMediaType = /^(?:application|text)\/json$|^[^/\s;]+\/[^/\s;]+\+json$/iu

export const isJsonType = (mediaType: string): boolean => jsonMediaType.test(mediaType.split(";")[0]!.trim())

export const JsonContentType = Schema.String.check(
  Schema.makeFilter((text) => isJsonType(text) || "Expected application/json, or a type that ends in +json")
)

/** Extension attributes: Boolean, Integer or String. Headers carry each as text. */
export const Extension = Schema.Union([
  Schema.Boolean,
  Schema.Int.check(Schema.isBetween({ minimum: -(2 ** 31), maximum: 2 ** 31 - 1 })),
  Schema.String.check(Schema.makeFilter(isText))
])

export const isAttributeName = (name: string): boolean => /^[a-z0-9]+$/u.test(name)
