import type { BoardLoad } from "./BoardLoad.ts"

/** The loads, by the name of their board in `src/boards.ts`. */
export const boardLoads: Readonly<Record<string, () => Promise<BoardLoad>>> = {
  hotel: async () => (await import("./hotel/hotelLoad.ts")).hotelLoad(),
  courses: async () => (await import("./courses/coursesLoad.ts")).coursesLoad()
}
