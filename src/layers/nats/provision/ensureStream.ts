import type { JetStreamManager, StreamConfig } from "@nats-io/jetstream"
import { Effect } from "effect"
import { reasonOf } from "#layers/services/errorMessage.ts"
import { differences, keepingMore } from "./configDifferences.ts"
import { isMissing, isPassing, NotProvisioned, notProvisioned, ShapeDiffers } from "./provisionErrors.ts"
import type { Wanted } from "./streamConfigs.ts"

export const found = <A>(name: string, info: () => Promise<A>): Effect.Effect<A | undefined, NotProvisioned> =>
  Effect.tryPromise({ try: info, catch: (error) => error }).pipe(
    Effect.catch((error) => (isMissing(error) ? Effect.undefined : Effect.fail(notProvisioned(name)(error))))
  )

/** Where a restored stream goes on with its sources is not for the board to say, and must not be forgotten. */
const resuming = ({ sources, ...wanted }: Wanted, config: StreamConfig): Partial<StreamConfig> => {
  if (sources === undefined) return wanted
  const startOf = (name: string) => config.sources?.find((source) => source.name === name)?.opt_start_seq
  return { ...wanted, sources: sources.map((source) => ({ ...source, opt_start_seq: startOf(source.name) ?? 0 })) }
}

/**
 * A stream as the board declares it: made if it is missing, else changed in place, but for what an operator has set more
 * generously. What cannot be changed in place is made again if `isDerived`, and named by `ShapeDiffers` if it is not.
 * Answers with how many replicas it has.
 */
export const ensureStream = Effect.fnUntraced(function* (
  manager: JetStreamManager,
  wanted: Wanted,
  options: { readonly isDerived: boolean; readonly metadata: Record<string, string> | undefined }
): Effect.fn.Return<number, NotProvisioned | ShapeDiffers> {
  const name = `stream ${wanted.name}`
  const { metadata } = options
  const add = Effect.tryPromise({
    try: () => manager.streams.add(metadata ? { ...wanted, metadata } : wanted),
    catch: notProvisioned(name)
  })
  const there = yield* found(name, () => manager.streams.info(wanted.name))
  if (there === undefined) {
    yield* add
    return wanted.num_replicas ?? 1
  }
  const { config, kept } = keepingMore(wanted, there.config)
  if (kept.length > 0) yield* Effect.logInfo(`${name} keeps what was set by hand: ${kept.join("; ")}`)
  const differ = differences(config, there.config)
  if (differ.length === 0) return config.num_replicas ?? 1
  yield* Effect.tryPromise({
    try: () => manager.streams.update(wanted.name, resuming(config, there.config)),
    catch: (error) => error
  }).pipe(
    Effect.andThen(Effect.logWarning(`${name} was not as the board needs it, and was corrected: ${differ.join("; ")}`)),
    Effect.catch((error): Effect.Effect<void, NotProvisioned | ShapeDiffers> => {
      if (isPassing(error)) return Effect.fail(notProvisioned(name)(error))
      const reason = reasonOf(error)
      if (!options.isDerived) return Effect.fail(new ShapeDiffers({ name, differences: differ, reason }))
      return Effect.tryPromise({ try: () => manager.streams.delete(wanted.name), catch: notProvisioned(name) }).pipe(
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
