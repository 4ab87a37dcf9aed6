import type * as Board from "../Board.ts"
import { facts } from "./events.ts"
import { keys } from "./keys.ts"
import { rows } from "./lanes.ts"
import { names } from "./names.ts"
import { scenarios } from "./scenarios.ts"
import { slices } from "./slices.ts"

/** Every law that a board breaks: a sentence each, with who, what and what to do. None for a board that can run. */
export const broken = (board: Board.Any): ReadonlyArray<string> => [
  ...new Set([names, rows, facts, keys, slices, scenarios].flat().flatMap((law) => law(board)))
]
