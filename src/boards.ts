import type { BoardApp } from "./app/BoardApp.ts"

/** The boards, by name: `BOARD` chooses one of them, and only that one is loaded. A further board is one more line. */
export const boards: Readonly<Record<string, () => Promise<{ readonly app: BoardApp }>>> = {
  hotel: () => import("./features/hotel-booking/app.ts"),
  courses: () => import("../examples/courses/app.ts")
}

/** The board without `BOARD`. Its files have names without the board's: `.data`, and not `.data-hotel`. */
export const defaultBoard = "hotel"

/** What the name of a board adds to the names of its files and folders. */
export const fileSuffix = (board: string): string => (board === defaultBoard ? "" : `-${board}`)
