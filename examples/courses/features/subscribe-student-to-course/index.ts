import { Slice } from "#domain/model/index.ts"
import { actsFor, Learner, Teacher } from "#examples/courses/domain/actors.ts"
import { scenarios } from "./scenarios.ts"
import { SubscribeStudentToCourse } from "./SubscribeStudentToCourse.ts"

export const subscribeStudentToCourse = Slice.command({
  title: "Student subscribes to a course",
  rules: ["Subscribe student to fully booked course", "Subscribe student to more than 5 courses"],
  by: Learner.puts("/mutation/subscribe-student-to-course", "Courses", { also: [Teacher], may: actsFor }),
  command: SubscribeStudentToCourse,
  scenarios
})
