import type * as Board from "../Board.ts"
import { doors } from "./doors.ts"
import { facts } from "./facts.ts"
import { keys } from "./keys.ts"
import { names } from "./names.ts"
import { rows } from "./rows.ts"
import { slices } from "./slices.ts"
import { words } from "./words.ts"

/** Every law that a board breaks: a sentence each, with who, what and what to do. None for a board that can run. */
export const broken = (board: Board.Any): ReadonlyArray<string> => [
  ...new Set([names, rows, facts, keys, words, slices, doors].flat().flatMap((law) => law(board)))
]
