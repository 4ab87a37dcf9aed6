import { Slice } from "#domain/model/index.ts"
import { Enrolled, Registrar, SeatTaken, WelcomeSent } from "./parts.ts"

export const wrong = Slice.messageAutomation({
  title: "Welcomes a student",
  rules: [],
  name: "welcome",
  by: Registrar,
  when: [Enrolled],
  sends: [SeatTaken],
  react: ({ student }) => [new WelcomeSent({ student })],
  scenarios: {}
})
