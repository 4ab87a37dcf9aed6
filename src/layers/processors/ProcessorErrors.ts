import { Clock, Context, Effect, Layer, Option } from "effect"

/** What went wrong last with something that goes on by itself. */
export interface Trouble {
  readonly message: string
  /** ISO 8601. */
  readonly time: string
  /** How often in a row. */
  readonly times: number
  /** It has worked since. */
  readonly over: boolean
}

/** What goes wrong in this process with what follows the log, by name, so that it can be shown. */
export class Troubles extends Context.Service<
  Troubles,
  {
    readonly all: Effect.Effect<ReadonlyMap<string, Trouble>>
    note(name: string, message: string): Effect.Effect<void>
    over(name: string): Effect.Effect<void>
  }
>()("layers/runtime/Troubles") {
  static readonly layer = Layer.sync(Troubles, () => {
    const troubles = new Map<string, Trouble>()
    return {
      all: Effect.sync(() => new Map(troubles)),
      note: (name, message) =>
        Effect.map(Clock.currentTimeMillis, (now) => {
          const last = troubles.get(name)
          const times = last && !last.over ? last.times + 1 : 1
          troubles.set(name, { message, time: new Date(now).toISOString(), times, over: false })
        }),
      over: (name) =>
        Effect.sync(() => {
          const last = troubles.get(name)
          if (last && !last.over) troubles.set(name, { ...last, over: true })
        })
    }
  })
}

/** Notes what went wrong, where somebody wants to know. */
export const trouble = (name: string, message: string) =>
  Effect.flatMap(
    Effect.serviceOption(Troubles),
    Option.match({ onNone: () => Effect.void, onSome: ({ note }) => note(name, message) })
  )

/** Notes what goes wrong with an effect, where somebody wants to know, and that it went well again. */
export const noted = <A, E extends { readonly message: string }, R>(name: string, effect: Effect.Effect<A, E, R>) =>
  Effect.flatMap(
    Effect.serviceOption(Troubles),
    Option.match({
      onNone: () => effect,
      onSome: ({ note, over }) =>
        effect.pipe(
          Effect.tap(() => over(name)),
          Effect.tapError(({ message }) => note(name, message))
        )
    })
  )
