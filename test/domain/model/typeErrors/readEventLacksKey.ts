import { Read } from "#domain/model/index.ts"
import { CourseBoundary, Suspension } from "./parts.ts"

export const wrong = Read.one(Suspension, CourseBoundary)
