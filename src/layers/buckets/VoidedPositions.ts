import { Context, Effect, Layer, Option, Schema } from "effect"
import { VoidedPosition } from "#layers/contract/voidedPositionSchema.ts"
import { LogUnavailable, type UndecodableEvent } from "#layers/services/EventLog.ts"
import { KeyValue, revisionOf, type StoreUnavailable } from "#layers/services/KeyValue.ts"
import { voidedBucket } from "./bucketNames.ts"
import { smallValueBucket } from "./smallValueBucket.ts"

const jsonCodec = Schema.fromJsonString(VoidedPosition)
const decode = Schema.decodeUnknownOption(jsonCodec)
const encode = Schema.encodeSync(jsonCodec)

type LogIdentity = Effect.Effect<string, LogUnavailable>

interface VoidedPositionStore {
  /** The declaration that voids a message; none if it is not void. `log` is only run if there is one for the position. */
  find(
    message: Pick<UndecodableEvent, "position" | "subject">,
    log: LogIdentity
  ): Effect.Effect<Option.Option<VoidedPosition>, LogUnavailable>
  /** Declares a position void. An earlier declaration wins. */
  put(voided: VoidedPosition): Effect.Effect<void, LogUnavailable>
}

/** Which positions are void. Without a layer, none is. */
export const VoidedPositions = Context.Reference<VoidedPositionStore>("layers/VoidedPositions", {
  defaultValue: () => ({ find: () => Effect.succeedNone, put: () => Effect.void })
})

const toLogUnavailable = ({ message }: StoreUnavailable) => new LogUnavailable({ reason: message })

/** Stored in a bucket, with a key for each position. A voided position stays void, so it is read once and then cached. */
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
        // After the bucket is deleted, no position is void any more; the audit still has the declarations.
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
