import { Slice } from "#domain/model/index.ts"
import { Learner, Teacher } from "#examples/courses/domain/actors.ts"
import { Courses } from "./Courses.ts"
import { scenarios } from "./scenarios.ts"

export const courses = Slice.view({
  title: "Student looks for free seats",
  rules: ["each course is listed with its free seats"],
  by: Learner.gets("/courses", "Courses", { also: [Teacher] }),
  shows: Courses,
  key: {},
  scenarios
})
