import { Clock, Context, Effect, Layer, Option } from "effect"

/** What went wrong last with something that goes on by itself. */
export interface ProcessorError {
  readonly message: string
  /** ISO 8601. */
  readonly time: string
  /** How often in a row. */
  readonly times: number
  /** It has worked since. */
  readonly over: boolean
}

/** What goes wrong in this process with what follows the log, by name, so that it can be shown. */
export class ProcessorErrors extends Context.Service<
  ProcessorErrors,
  {
    readonly all: Effect.Effect<ReadonlyMap<string, ProcessorError>>
    record(name: string, message: string): Effect.Effect<void>
    resolve(name: string): Effect.Effect<void>
  }
>()("layers/runtime/Troubles") {
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

/** Notes what went wrong, where somebody wants to know. */
export const recordError = (name: string, message: string) =>
  Effect.flatMap(
    Effect.serviceOption(ProcessorErrors),
    Option.match({ onNone: () => Effect.void, onSome: ({ record }) => record(name, message) })
  )

/** Notes what goes wrong with an effect, where somebody wants to know, and that it went well again. */
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
