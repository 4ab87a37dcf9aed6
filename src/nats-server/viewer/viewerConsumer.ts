import type { ConsumerConfig } from "@nats-io/jetstream"
import { Duration, Option, Predicate, Schema } from "effect"
import { deliver, inbox } from "#nats-server/serverConfig.ts"

// What a viewer may ask for when it reads a stream through a consumer. Nothing that is not named here is passed on.

const Request = Schema.Struct({ stream_name: Schema.String, config: Schema.Record(Schema.String, Schema.Unknown) })
const decodeRequest = Schema.decodeUnknownOption(Schema.fromJsonString(Request))

/** Settings that only say what is read, and how fast. */
const reading = [
  "description",
  "deliver_policy",
  "opt_start_seq",
  "opt_start_time",
  "filter_subject",
  "filter_subjects",
  "replay_policy",
  "headers_only",
  "rate_limit_bps"
] as const

const nanos = (duration: Duration.Input) => Duration.toMillis(Duration.fromInputUnsafe(duration)) * 1e6

/** An idle consumer is removed after this, whatever was asked for. */
const idle = { least: nanos("1 second"), most: nanos("5 minutes") }
const heartbeat = { least: nanos("1 second"), most: nanos("1 minute") }

const within = ({ least, most }: typeof idle, value: unknown): number | undefined =>
  typeof value === "number" && value > 0 ? Math.min(Math.max(value, least), most) : undefined

const isToken = (text: string): boolean => /^[^\s.*>]{1,128}$/u.test(text)

const prefix = "viewer-"

/** The server's name for a viewer's consumer: never one that the app uses, or may come to use. */
export const nameFor = (name: string): string => (name.startsWith(prefix) ? name : `${prefix}${name}`)

const inboxSubject = new RegExp(`^${inbox}(?:\\.[A-Za-z0-9_-]{1,64}){1,4}$`, "u")

/** The subject of the app's account that is delivered to a viewer's inbox; undefined if it is none. */
export const deliveryTo = (subject: unknown): string | undefined =>
  typeof subject === "string" && inboxSubject.test(subject) ? `${deliver}${subject.slice(inbox.length)}` : undefined

/** What is sent to the server in place of what a viewer asked for. */
export interface Asked {
  readonly stream: string
  readonly name: string
  /** The last tokens of the subject: stream, name and, if there is exactly one, the filter. */
  readonly subject: string
  readonly body: { readonly stream_name: string; readonly action: "create"; readonly config: Partial<ConsumerConfig> }
}

/**
 * The consumer that a viewer gets for its request: it lives in memory, is nobody's durable one, acknowledges nothing,
 * delivers only to a viewer's inbox and goes away when nobody reads it. `tokens` is the request's subject behind
 * `CONSUMER.CREATE`. A reason where there can be none.
 */
export const askedFor = (tokens: ReadonlyArray<string>, text: string, freshName: () => string): Asked | string => {
  const [stream = "", named, ...filter] = tokens
  const request = Option.getOrUndefined(decodeRequest(text))
  if (request === undefined || request.stream_name !== stream || !isToken(stream)) return "the request is not one"
  const { config } = request
  const names = [named, config.name, config.durable_name].filter(Predicate.isNotNullish)
  const chosen = names[0] ?? freshName()
  if (typeof chosen !== "string" || !isToken(chosen) || names.some((other) => other !== chosen)) {
    return "its names differ, or are none"
  }
  const name = nameFor(chosen)
  if (filter.length > 0 && config.filter_subject !== filter.join(".")) return "its filters differ"
  const push = Predicate.isNotNullish(config.deliver_subject)
  const target = deliveryTo(config.deliver_subject)
  if (push && target === undefined) return `deliver_subject may only be an inbox, ${inbox}.<name>`
  const wanted: Record<string, unknown> = {}
  for (const key of reading) if (config[key] !== undefined) wanted[key] = config[key]
  const beats = push ? within(heartbeat, config.idle_heartbeat) : undefined
  return {
    stream,
    name,
    subject: [stream, name, ...filter].join("."),
    body: {
      stream_name: stream,
      action: "create",
      config: {
        ...wanted,
        name,
        ack_policy: "none",
        mem_storage: true,
        num_replicas: 1,
        inactive_threshold: within(idle, config.inactive_threshold) ?? nanos("10 seconds"),
        ...(target !== undefined && { deliver_subject: target }),
        ...(beats !== undefined && { idle_heartbeat: beats })
      } as Partial<ConsumerConfig>
    }
  }
}

/** What a viewer asks for of a consumer that it reads itself is bounded by the server: see `ViewerGate`. */
export const mostAtOnce = { batch: 1_000, bytes: 4_194_304, expires: nanos("1 minute") }

const Pull = Schema.Struct({
  batch: Schema.optional(Schema.Int),
  max_bytes: Schema.optional(Schema.Int),
  expires: Schema.optional(Schema.Int),
  no_wait: Schema.optional(Schema.Boolean),
  idle_heartbeat: Schema.optional(Schema.Int)
})
const decodePull = Schema.decodeUnknownOption(Schema.fromJsonString(Pull))

/** The body of a pull request within bounds; undefined if it is none. An empty one, or a bare number, is one too. */
export const pullOf = (text: string): string | undefined => {
  if (text === "") return text
  const asked = /^\d{1,9}$/u.test(text) ? { batch: Number(text) } : Option.getOrUndefined(decodePull(text))
  if (asked === undefined) return undefined
  return JSON.stringify({
    ...asked,
    batch: Math.min(asked.batch ?? 1, mostAtOnce.batch),
    ...(asked.max_bytes && { max_bytes: Math.min(asked.max_bytes, mostAtOnce.bytes) }),
    ...(asked.expires && { expires: Math.min(asked.expires, mostAtOnce.expires) })
  })
}
