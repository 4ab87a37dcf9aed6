import { Slice } from "#domain/model/index.ts"
import { Enrol, Enrolled, Registrar } from "./parts.ts"

export const wrong = Slice.automation({
  title: "Enrols again",
  rules: [],
  name: "again",
  by: Registrar,
  when: [Enrolled],
  issues: Enrol,
  react: ({ course }) => [{ course }],
  scenarios: {}
})
