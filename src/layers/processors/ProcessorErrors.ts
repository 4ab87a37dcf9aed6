import { Clock, Context, Effect, Layer, Option } from "effect"
import { newerEventTag } from "./NewerEvent.ts"

/** The last error of a processor. */
export interface ProcessorError {
  readonly message: string
  /** ISO 8601. */
  readonly time: string
  /** How many times in a row it has failed. */
  readonly times: number
  /** Whether the processor has succeeded since. */
  readonly over: boolean
  /** Present if it is no fault: the processor waits until this process has newer code. */
  readonly waits?: true
}

/** Why a processor failed. */
interface Failure {
  readonly _tag?: string
  readonly message: string
}

/** The errors of this process's processors by name, for monitoring. */
export class ProcessorErrors extends Context.Service<
  ProcessorErrors,
  {
    readonly all: Effect.Effect<ReadonlyMap<string, ProcessorError>>
    record(name: string, error: Failure): Effect.Effect<void>
    resolve(name: string): Effect.Effect<void>
  }
>()("layers/processors/ProcessorErrors") {
  static readonly layer = Layer.sync(ProcessorErrors, () => {
    const errors = new Map<string, ProcessorError>()
    return {
      all: Effect.sync(() => new Map(errors)),
      record: (name, { _tag, message }) =>
        Effect.map(Clock.currentTimeMillis, (now) => {
          const last = errors.get(name)
          const times = last && !last.over ? last.times + 1 : 1
          const waits = _tag === newerEventTag ? ({ waits: true } as const) : {}
          errors.set(name, { message, time: new Date(now).toISOString(), times, over: false, ...waits })
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
export const recordError = (name: string, error: Failure) =>
  Effect.flatMap(
    Effect.serviceOption(ProcessorErrors),
    Option.match({ onNone: () => Effect.void, onSome: ({ record }) => record(name, error) })
  )

/** Records the errors of an effect, and its success after them, if `ProcessorErrors` is provided. */
export const trackErrors = <A, E extends Failure, R>(name: string, effect: Effect.Effect<A, E, R>) =>
  Effect.flatMap(
    Effect.serviceOption(ProcessorErrors),
    Option.match({
      onNone: () => effect,
      onSome: ({ record, resolve }) =>
        effect.pipe(
          Effect.tap(() => resolve(name)),
          Effect.tapError((error) => record(name, error))
        )
    })
  )
