import type { JetStreamManager, StreamConfig } from "@nats-io/jetstream"
import { Effect } from "effect"
import { errorMessage } from "#layers/services/errorMessage.ts"
import { withSourceStarts } from "./changedSources.ts"
import { differences, keepGenerousSettings } from "./configDiff.ts"
import {
  isDenied,
  isMissing,
  isTransientError,
  NotProvisioned,
  toNotProvisioned,
  ConfigMismatch
} from "./provisionErrors.ts"
import type { StreamSpec } from "./streamSpecs.ts"

export const findInfo = <A>(name: string, info: () => Promise<A>): Effect.Effect<A | undefined, NotProvisioned> =>
  Effect.tryPromise({ try: info, catch: (error) => error }).pipe(
    Effect.catch((error) => (isMissing(error) ? Effect.undefined : Effect.fail(toNotProvisioned(name)(error))))
  )

/** The declaration with the start positions of its sources. */
const withStarts = async (manager: JetStreamManager, { sources, ...spec }: StreamSpec, found: StreamConfig) =>
  sources === undefined ? spec : { ...spec, sources: await withSourceStarts(manager, found, sources) }

/**
 * Makes a stream match its declaration: creates it if it is missing, otherwise updates it in place, except settings
 * that an operator made more generous. A stream that cannot be updated in place is recreated if `isDerived`, and fails
 * with `ConfigMismatch` if not. Returns its number of replicas.
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
  if (keptSettings.length > 0)
    yield* Effect.logInfo(`${name} keeps settings that were changed by hand: ${keptSettings.join("; ")}`)
  const differ = differences(config, existing.config)
  if (differ.length === 0) return config.num_replicas ?? 1
  yield* Effect.tryPromise({
    try: async () => manager.streams.update(spec.name, await withStarts(manager, config, existing.config)),
    catch: (error) => error
  }).pipe(
    Effect.andThen(
      Effect.logWarning(`${name} did not match the board's declaration, and was corrected: ${differ.join("; ")}`)
    ),
    Effect.catch((error): Effect.Effect<void, NotProvisioned | ConfigMismatch> => {
      if (isTransientError(error) || isDenied(error)) return Effect.fail(toNotProvisioned(name)(error))
      const reason = errorMessage(error)
      if (!options.isDerived) return Effect.fail(new ConfigMismatch({ name, differences: differ, reason }))
      return Effect.tryPromise({ try: () => manager.streams.delete(spec.name), catch: toNotProvisioned(name) }).pipe(
        Effect.andThen(add),
        Effect.andThen(
          Effect.logWarning(
            `${name} could not be changed in place (${reason}): ${differ.join("; ")}. ` +
              "It is recreated, and its contents are rebuilt from the log"
          )
        )
      )
    })
  )
  return config.num_replicas ?? 1
})
