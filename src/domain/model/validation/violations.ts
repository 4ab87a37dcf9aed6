import type * as Board from "../Board.ts"
import { commandRules } from "./commandRules.ts"
import { eventRules } from "./eventRules.ts"
import { keyRules } from "./keyRules.ts"
import { laneRules } from "./laneRules.ts"
import { messageRules } from "./messageRules.ts"
import { nameRules } from "./nameRules.ts"
import { readRules } from "./readRules.ts"
import { scenarioRules } from "./scenarioRules.ts"
import { sliceRules } from "./sliceRules.ts"
import { upcastRules } from "./upcastRules.ts"
import { versionRules } from "./versionRules.ts"

/** A sentence for each rule that a board violates, with cause and remedy. None for a board that can run. */
export const violations = (board: Board.Any): ReadonlyArray<string> => [
  ...new Set(
    [
      nameRules,
      laneRules,
      eventRules,
      versionRules,
      upcastRules,
      readRules,
      commandRules,
      keyRules,
      sliceRules,
      scenarioRules,
      messageRules
    ]
      .flat()
      .flatMap((rule) => rule(board))
  )
]
