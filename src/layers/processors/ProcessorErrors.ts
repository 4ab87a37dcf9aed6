import { Clock, Context, Effect, Layer, Option } from "effect"

/** The last error of a processor. */
export interface ProcessorError {
  readonly message: string
  /** ISO 8601. */
  readonly time: string
  /** How many times in a row it has failed. */
  readonly times: number
  /** Whether the processor has succeeded since. */
  readonly over: boolean
}

/** The errors of this process's processors by name, for monitoring. */
export class ProcessorErrors extends Context.Service<
  ProcessorErrors,
  {
    readonly all: Effect.Effect<ReadonlyMap<string, ProcessorError>>
    record(name: string, message: string): Effect.Effect<void>
    resolve(name: string): Effect.Effect<void>
  }
>()("layers/processors/ProcessorErrors") {
  static readonly layer = Layer.sync(ProcessorErrors, () => {
    const errors = new Map<string, ProcessorError>()
    return {
      all: Effect.sync(() => new Map(errors)),
      record: (name, message) =>
        Effect.map(Clock.currentTimeMillis, (now) => {
          const last = errors.get(name)
          const times = last && !last.over ? last.times + 1 : 1
          errors.set(name, { message, time: new Date(now).toISOString(), times, over: false })
        }),
      resolve: (name) =>
        Effect.sync(() => {
          const last = errors.get(name)
          if (last && !last.over) errors.set(name, { ...last, over: true })
        })
    }
  })
}

/** Records an error if `ProcessorErrors` is provided. */
export const recordError = (name: string, message: string) =>
  Effect.flatMap(
    Effect.serviceOption(ProcessorErrors),
    Option.match({ onNone: () => Effect.void, onSome: ({ record }) => record(name, message) })
  )

/** Records the errors of an effect, and its success after them, if `ProcessorErrors` is provided. */
export const trackErrors = <A, E extends { readonly message: string }, R>(
  name: string,
  effect: Effect.Effect<A, E, R>
) =>
  Effect.flatMap(
    Effect.serviceOption(ProcessorErrors),
    Option.match({
      onNone: () => effect,
      onSome: ({ record, resolve }) =>
        effect.pipe(
          Effect.tap(() => resolve(name)),
          Effect.tapError(({ message }) => record(name, message))
        )
    })
  )
