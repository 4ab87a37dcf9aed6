import { Read } from "#domain/model/index.ts"
import { CourseBoundary, Seats, type Student } from "./parts.ts"

export const wrong = Read.each(
  Seats,
  CourseBoundary,
  ({ students }: { readonly students: ReadonlyArray<typeof Student.Type> }) => students.map((student) => ({ student }))
)
