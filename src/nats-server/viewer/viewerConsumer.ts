import type { ConsumerConfig } from "@nats-io/jetstream"
import { Duration, Option, Predicate, Schema } from "effect"
import { deliverPrefix, inboxPrefix } from "#nats-server/serverConfig.ts"

// Restricts the requests of a viewer that reads a stream through a consumer. Settings that are not named here are dropped.

const CreateRequest = Schema.Struct({
  stream_name: Schema.String,
  config: Schema.Record(Schema.String, Schema.Unknown)
})
const decodeRequest = Schema.decodeUnknownOption(Schema.fromJsonString(CreateRequest))

/** Settings that affect only which messages are delivered, and how fast. */
const allowedSettings = [
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

const toNanos = (duration: Duration.Input) => Duration.toMillis(Duration.fromInputUnsafe(duration)) * 1e6

/** An idle consumer is removed after a time within these bounds, whatever the request says. */
const inactiveThresholdBounds = { min: toNanos("1 second"), max: toNanos("5 minutes") }
const heartbeatBounds = { min: toNanos("1 second"), max: toNanos("1 minute") }

const clamp = ({ min, max }: typeof inactiveThresholdBounds, value: unknown): number | undefined =>
  typeof value === "number" && value > 0 ? Math.min(Math.max(value, min), max) : undefined

const isToken = (text: string): boolean => /^[^\s.*>]{1,128}$/u.test(text)

const prefix = "viewer-"

/** The server's name for a viewer's consumer; the prefix keeps it apart from those of the app. */
export const viewerConsumerName = (name: string): string => (name.startsWith(prefix) ? name : `${prefix}${name}`)

const inboxSubject = new RegExp(`^${inboxPrefix}(?:\\.[A-Za-z0-9_-]{1,64}){1,4}$`, "u")

/** The subject of the app's account that is delivered to this inbox of a viewer; `undefined` if `subject` is no inbox. */
export const deliverSubject = (subject: unknown): string | undefined =>
  typeof subject === "string" && inboxSubject.test(subject)
    ? `${deliverPrefix}${subject.slice(inboxPrefix.length)}`
    : undefined

/** The request that is sent to the server in place of a viewer's. */
export interface ViewerConsumer {
  readonly stream: string
  readonly name: string
  /** The last tokens of the subject: stream, name and, if there is exactly one, the filter. */
  readonly subject: string
  readonly body: { readonly stream_name: string; readonly action: "create"; readonly config: Partial<ConsumerConfig> }
}

/**
 * The consumer that a viewer gets for its request: it is in memory, not durable, without acknowledgements, delivers only to a
 * viewer's inbox, and is removed once it is idle. `tokens` is the request's subject behind `CONSUMER.CREATE`. Returns a reason
 * if the request is rejected.
 */
export const parseConsumerRequest = (
  tokens: ReadonlyArray<string>,
  text: string,
  freshName: () => string
): ViewerConsumer | string => {
  const [stream = "", subjectName, ...filter] = tokens
  const request = Option.getOrUndefined(decodeRequest(text))
  if (request === undefined || request.stream_name !== stream || !isToken(stream)) return "the request is invalid"
  const { config } = request
  const names = [subjectName, config.name, config.durable_name].filter(Predicate.isNotNullish)
  const chosen = names[0] ?? freshName()
  if (typeof chosen !== "string" || !isToken(chosen) || names.some((other) => other !== chosen)) {
    return "its names differ or are invalid"
  }
  const name = viewerConsumerName(chosen)
  if (filter.length > 0 && config.filter_subject !== filter.join(".")) return "its filters differ"
  const isPush = Predicate.isNotNullish(config.deliver_subject)
  const target = deliverSubject(config.deliver_subject)
  if (isPush && target === undefined) return `deliver_subject may only be an inbox, ${inboxPrefix}.<name>`
  const allowed: Record<string, unknown> = {}
  for (const key of allowedSettings) if (config[key] !== undefined) allowed[key] = config[key]
  const idleHeartbeat = isPush ? clamp(heartbeatBounds, config.idle_heartbeat) : undefined
  return {
    stream,
    name,
    subject: [stream, name, ...filter].join("."),
    body: {
      stream_name: stream,
      action: "create",
      config: {
        ...allowed,
        name,
        ack_policy: "none",
        mem_storage: true,
        num_replicas: 1,
        inactive_threshold: clamp(inactiveThresholdBounds, config.inactive_threshold) ?? toNanos("10 seconds"),
        ...(target !== undefined && { deliver_subject: target }),
        ...(idleHeartbeat !== undefined && { idle_heartbeat: idleHeartbeat })
      } as Partial<ConsumerConfig>
    }
  }
}

/** Upper bounds of a viewer's pull requests. */
export const pullLimits = { batch: 1_000, bytes: 4_194_304, expires: toNanos("1 minute") }

const PullRequest = Schema.Struct({
  batch: Schema.optional(Schema.Int),
  max_bytes: Schema.optional(Schema.Int),
  expires: Schema.optional(Schema.Int),
  no_wait: Schema.optional(Schema.Boolean),
  idle_heartbeat: Schema.optional(Schema.Int)
})
const decodePull = Schema.decodeUnknownOption(Schema.fromJsonString(PullRequest))

/** A pull request within `pullLimits`; `undefined` if it is invalid. An empty body and a bare number are valid. */
export const boundedPullRequest = (text: string): string | undefined => {
  if (text === "") return text
  const request = /^\d{1,9}$/u.test(text) ? { batch: Number(text) } : Option.getOrUndefined(decodePull(text))
  if (request === undefined) return undefined
  return JSON.stringify({
    ...request,
    batch: Math.min(request.batch ?? 1, pullLimits.batch),
    ...(request.max_bytes && { max_bytes: Math.min(request.max_bytes, pullLimits.bytes) }),
    ...(request.expires && { expires: Math.min(request.expires, pullLimits.expires) })
  })
}
