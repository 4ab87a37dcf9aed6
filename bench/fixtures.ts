import { Effect, Scope } from "effect"
import type { Environment } from "./Measure.ts"

/** A folder of server data. */
export interface Filled {
  readonly path: string
  /** When it was filled, by `performance.now()`. */
  readonly filledAtMillis: number
}

/** Folders of server data that are slow to fill, so that measures share them; deleted after the run. */
export interface Fixtures {
  /** The folder with this name. The first measure that needs it fills it. */
  readonly once: (
    name: string,
    fill: (environment: Environment, path: string) => Effect.Effect<unknown, unknown, Scope.Scope>
  ) => Effect.Effect<Filled, unknown>
}

/** @param folder creates an empty folder */
export const make = Effect.fnUntraced(function* (
  folder: Effect.Effect<string, unknown, Scope.Scope>,
  server: Environment["server"]
) {
  const scope = yield* Effect.scope
  const filled = new Map<string, Filled>()
  // With a sync per message, a million messages would take a quarter of an hour.
  const environment = { sync: "2m", quick: false, server } as unknown as Environment

  const once: Fixtures["once"] = Effect.fnUntraced(function* (name, fill) {
    const existing = filled.get(name)
    if (existing) return existing
    const path = yield* Scope.provide(folder, scope)
    yield* Effect.scoped(fill(environment, path))
    const fresh: Filled = { path, filledAtMillis: performance.now() }
    filled.set(name, fresh)
    return fresh
  })
  return { once } as Fixtures
})
