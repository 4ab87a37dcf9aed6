import type * as Board from "../Board.ts"
import { eventRules } from "./eventRules.ts"
import { keyRules } from "./keyRules.ts"
import { laneRules } from "./laneRules.ts"
import { nameRules } from "./nameRules.ts"
import { scenarioRules } from "./scenarioRules.ts"
import { sliceRules } from "./sliceRules.ts"

/** Every law that a board breaks: a sentence each, with who, what and what to do. None for a board that can run. */
export const violations = (board: Board.Any): ReadonlyArray<string> => [
  ...new Set(
    [nameRules, laneRules, eventRules, keyRules, sliceRules, scenarioRules].flat().flatMap((rule) => rule(board))
  )
]
