import { assert } from "@effect/vitest"
import type { Board, Slice } from "#domain/model/index.ts"
import { assertHolds, scenariosOf } from "./scenarios.ts"

/** Asserts that a scenario of a board fails when it expects `then` instead. */
export const assertRefuted =
  (board: Board.Any) =>
  (slice: Slice.Any, sentence: string, then: unknown): void => {
    assert.property(slice.scenarios, sentence)
    const scenario = { ...(slice.scenarios as Record<string, object>)[sentence], then }
    const planted = { ...slice, scenarios: { [sentence]: scenario } } as unknown as Slice.Any
    const [changed] = scenariosOf({ ...board, slices: [planted] })
    assert.throws(() => assertHolds(changed!))
  }
