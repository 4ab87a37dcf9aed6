import type { Board } from "#domain/model/index.ts"
import { boards } from "../../src/boards.ts"

/** The apps that `BOARD` chooses from. */
export const apps = await Promise.all(Object.values(boards).map(async (load) => (await load()).app))

/** Their boards: what generic tests know of a board is derived from these, and from boards made for tests. */
export const appBoards: ReadonlyArray<Board.Any> = apps.map(({ board }) => board)
