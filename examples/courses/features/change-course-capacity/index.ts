import { Slice } from "#domain/model/index.ts"
import { Teacher } from "#examples/courses/domain/actors.ts"
import { ChangeCourseCapacity } from "./ChangeCourseCapacity.ts"
import { scenarios } from "./scenarios.ts"

export const changeCourseCapacity = Slice.command({
  title: "Teacher changes the capacity of a course",
  rules: ["Change capacity of a non-existing course", "Change capacity of a course to its current value"],
  by: Teacher.puts("/mutation/change-course-capacity", "Courses"),
  command: ChangeCourseCapacity,
  scenarios
})
