import type { JetStreamManager, StreamConfig } from "@nats-io/jetstream"
import { Effect } from "effect"
import { errorMessage } from "#layers/services/errorMessage.ts"
import { differences, keepGenerousSettings } from "./configDiff.ts"
import { isMissing, isTransientError, NotProvisioned, toNotProvisioned, ConfigMismatch } from "./provisionErrors.ts"
import type { StreamSpec } from "./streamSpecs.ts"

export const findInfo = <A>(name: string, info: () => Promise<A>): Effect.Effect<A | undefined, NotProvisioned> =>
  Effect.tryPromise({ try: info, catch: (error) => error }).pipe(
    Effect.catch((error) => (isMissing(error) ? Effect.undefined : Effect.fail(toNotProvisioned(name)(error))))
  )

/** Where a restored stream goes on with its sources is not for the board to say, and must not be forgotten. */
const keepSourceStart = ({ sources, ...spec }: StreamSpec, config: StreamConfig): Partial<StreamConfig> => {
  if (sources === undefined) return spec
  const startOf = (name: string) => config.sources?.find((source) => source.name === name)?.opt_start_seq
  return { ...spec, sources: sources.map((source) => ({ ...source, opt_start_seq: startOf(source.name) ?? 0 })) }
}

/**
 * A stream as the board declares it: made if it is missing, else changed in place, but for what an operator has set more
 * generously. What cannot be changed in place is made again if `isDerived`, and named by `ShapeDiffers` if it is not.
 * Answers with how many replicas it has.
 */
export const ensureStream = Effect.fnUntraced(function* (
  manager: JetStreamManager,
  spec: StreamSpec,
  options: { readonly isDerived: boolean; readonly metadata: Record<string, string> | undefined }
): Effect.fn.Return<number, NotProvisioned | ConfigMismatch> {
  const name = `stream ${spec.name}`
  const { metadata } = options
  const add = Effect.tryPromise({
    try: () => manager.streams.add(metadata ? { ...spec, metadata } : spec),
    catch: toNotProvisioned(name)
  })
  const existing = yield* findInfo(name, () => manager.streams.info(spec.name))
  if (existing === undefined) {
    yield* add
    return spec.num_replicas ?? 1
  }
  const { config, keptSettings } = keepGenerousSettings(spec, existing.config)
  if (keptSettings.length > 0) yield* Effect.logInfo(`${name} keeps what was set by hand: ${keptSettings.join("; ")}`)
  const differ = differences(config, existing.config)
  if (differ.length === 0) return config.num_replicas ?? 1
  yield* Effect.tryPromise({
    try: () => manager.streams.update(spec.name, keepSourceStart(config, existing.config)),
    catch: (error) => error
  }).pipe(
    Effect.andThen(Effect.logWarning(`${name} was not as the board needs it, and was corrected: ${differ.join("; ")}`)),
    Effect.catch((error): Effect.Effect<void, NotProvisioned | ConfigMismatch> => {
      if (isTransientError(error)) return Effect.fail(toNotProvisioned(name)(error))
      const reason = errorMessage(error)
      if (!options.isDerived) return Effect.fail(new ConfigMismatch({ name, differences: differ, reason }))
      return Effect.tryPromise({ try: () => manager.streams.delete(spec.name), catch: toNotProvisioned(name) }).pipe(
        Effect.andThen(add),
        Effect.andThen(
          Effect.logWarning(
            `${name} could not be changed in place (${reason}): ${differ.join("; ")}. ` +
              "It is made again, and what is in it is derived from the log again"
          )
        )
      )
    })
  )
  return config.num_replicas ?? 1
})
