import { Slice } from "#domain/model/index.ts"
import { Teacher } from "#examples/courses/domain/actors.ts"
import { DefineCourse } from "./DefineCourse.ts"
import { scenarios } from "./scenarios.ts"

export const defineCourse = Slice.command({
  title: "Teacher defines a course",
  rules: ["Define course with existing id"],
  by: Teacher.puts("/mutation/define-course", "Courses"),
  command: DefineCourse,
  scenarios
})
