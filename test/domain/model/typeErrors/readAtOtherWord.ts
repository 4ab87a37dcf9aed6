import { Read } from "#domain/model/index.ts"
import { CourseBoundary, Seats } from "./parts.ts"

export const wrong = Read.at(Seats, CourseBoundary, { student: "newStudent" })
