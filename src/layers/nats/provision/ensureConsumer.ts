import type { ConsumerConfig, ConsumerInfo, JetStreamManager } from "@nats-io/jetstream"
import { Effect } from "effect"
import { errorMessage } from "#layers/services/errorMessage.ts"
import { differences } from "./configDiff.ts"
import { findInfo } from "./ensureStream.ts"
import { isDenied, isMissing, isTransientError, type NotProvisioned, toNotProvisioned } from "./provisionErrors.ts"

/**
 * In the form of `consumerConfigOf`: natscli writes a single filter as `filter_subject`; a pause that has ended is left
 * out.
 */
const normalize = ({ config, paused }: ConsumerInfo) => {
  const { filter_subject, filter_subjects, pause_until, ...rest } = config
  return {
    ...rest,
    filter_subjects: filter_subjects ?? (filter_subject ? [filter_subject] : []),
    ...(paused && { pause_until })
  }
}

/** An operator may configure more replicas than declared. */
const keepMoreReplicas = (wanted: Partial<ConsumerConfig>, found: { readonly num_replicas?: number }) => ({
  ...wanted,
  num_replicas: Math.max(wanted.num_replicas ?? 0, found.num_replicas ?? 0)
})

/**
 * Makes a consumer match the board: creates it if it is missing, updates it in place if possible, otherwise deletes and
 * recreates it: its processor resumes from its own checkpoint. `onFilterChanged` runs if it had another filter, since
 * it may not have delivered all wanted events.
 */
export const ensureConsumer = Effect.fnUntraced(function* (
  manager: JetStreamManager,
  stream: string,
  declared: Partial<ConsumerConfig> & { readonly durable_name: string },
  onFilterChanged: Effect.Effect<void, NotProvisioned>
): Effect.fn.Return<void, NotProvisioned> {
  const { durable_name } = declared
  const name = `consumer ${durable_name}`
  const request = (run: () => Promise<unknown>) => Effect.tryPromise({ try: run, catch: toNotProvisioned(name) })
  const info = findInfo(name, () => manager.consumers.info(stream, durable_name))
  const existing = yield* info
  if (existing === undefined) return void (yield* request(() => manager.consumers.add(stream, declared)))
  const before = normalize(existing)
  const wanted = keepMoreReplicas(declared, before)
  const differ = differences(wanted, before)
  if (differ.length === 0) return
  const warn = (what: string) => Effect.logWarning(`${name} ${what}: ${differ.join("; ")}`)

  /** The reason why the update failed; `undefined` if it succeeded. */
  const updateFailure = yield* Effect.tryPromise({
    try: async () => {
      if (existing.paused) await manager.consumers.resume(stream, durable_name)
      await manager.consumers.update(stream, durable_name, { ...wanted, filter_subject: undefined } as never)
      const remaining = differences(wanted, normalize(await manager.consumers.info(stream, durable_name)))
      return remaining.length === 0 ? undefined : `the server did not apply ${remaining.join("; ")}`
    },
    catch: (error) => error
  }).pipe(
    Effect.catch((error) =>
      isTransientError(error) || isDenied(error)
        ? Effect.fail(toNotProvisioned(name)(error))
        : Effect.succeed(errorMessage(error))
    )
  )
  if (updateFailure === undefined) yield* warn("did not match the board's declaration, and was corrected")
  else {
    yield* Effect.tryPromise({
      try: () => manager.consumers.delete(stream, durable_name),
      catch: (error) => error
    }).pipe(Effect.catch((error) => (isMissing(error) ? Effect.void : Effect.fail(toNotProvisioned(name)(error)))))
    yield* request(() => manager.consumers.add(stream, declared))
    yield* warn(`could not be changed in place (${updateFailure}), and is recreated; it resumes from its checkpoint`)
  }
  if (differ.some((difference) => difference.startsWith("filter_subjects:"))) yield* onFilterChanged
})
