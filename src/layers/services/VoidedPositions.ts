import { Context, Effect, Layer, Option, Schema } from "effect"
import { voidedBucket } from "./bucketNames.ts"
import { LogUnavailable, type UndecodableEvent } from "./EventLog.ts"
import { KeyValue, revisionOf, type StoreUnavailable } from "./KeyValue.ts"
import { smallValueBucket } from "./smallValueBucket.ts"

/** A position of the log that an operator has declared void: every reader of the log treats it as absent. */
export const VoidedPosition = Schema.Struct({
  position: Schema.Int.annotate({ description: "In the log" }),
  log: Schema.String.annotate({ description: "The identity of the log; the position means nothing in another" }),
  subject: Schema.String.annotate({ description: "Of the message that the board cannot read" }),
  reason: Schema.String,
  by: Schema.String.annotate({ description: "Who declared it void" }),
  time: Schema.String.annotate({ format: "date-time" })
}).annotate({ identifier: "VoidedPosition" })
export type VoidedPosition = typeof VoidedPosition.Type

const jsonCodec = Schema.fromJsonString(VoidedPosition)
const decode = Schema.decodeUnknownOption(jsonCodec)
const encode = Schema.encodeSync(jsonCodec)

type LogIdentity = Effect.Effect<string, LogUnavailable>

export interface VoidedPositionStore {
  /** What was said when a message was voided; none if it was not. `log` is asked only where there is something. */
  find(
    message: Pick<UndecodableEvent, "position" | "subject">,
    log: LogIdentity
  ): Effect.Effect<Option.Option<VoidedPosition>, LogUnavailable>
  /** Declares a position void from now on. The first to do so is right. */
  put(voided: VoidedPosition): Effect.Effect<void, LogUnavailable>
}

/** Which positions are void. Without a layer, none is. */
export const VoidedPositions = Context.Reference<VoidedPositionStore>("layers/VoidedPositions", {
  defaultValue: () => ({ find: () => Effect.succeedNone, put: () => Effect.void })
})

const toLogUnavailable = ({ message }: StoreUnavailable) => new LogUnavailable({ reason: message })

/** Kept in a bucket, a key for each position. What is void stays so: it is looked up once. */
export const layer = Layer.effect(
  VoidedPositions,
  Effect.gen(function* () {
    const bucket = smallValueBucket((yield* KeyValue).bucket(voidedBucket))
    const cache = new Map<number, VoidedPosition>()

    const load = (position: number) =>
      Effect.map(bucket.get(String(position)), (entry) => ({
        revision: revisionOf(entry),
        voided: Option.flatMap(entry, ({ value }) => decode(value))
      })).pipe(
        // Where somebody has deleted the bucket, nothing is void any more; the audit says what was.
        Effect.catch((error) =>
          Effect.flatMap(bucket.ensure, (wasCreated) =>
            wasCreated ? Effect.succeed({ revision: 0, voided: Option.none() }) : Effect.fail(error)
          )
        ),
        Effect.mapError(toLogUnavailable)
      )

    return {
      find: ({ position, subject }, log) =>
        Effect.gen(function* () {
          const cached = cache.get(position)
          if (cached?.subject === subject) return Option.some(cached)
          const { voided } = yield* load(position)
          if (Option.isNone(voided) || voided.value.subject !== subject) return Option.none()
          if (voided.value.log !== (yield* log)) return Option.none()
          cache.set(position, voided.value)
          return voided
        }),
      put: (voided) =>
        Effect.gen(function* () {
          const { revision, voided: existing } = yield* load(voided.position)
          if (Option.isSome(existing) && existing.value.log === voided.log) return
          yield* bucket.put(String(voided.position), encode(voided), revision).pipe(
            Effect.catchTags({
              RevisionChanged: () => Effect.void,
              StoreUnavailable: (error) => Effect.fail(toLogUnavailable(error))
            })
          )
        })
    }
  })
)
