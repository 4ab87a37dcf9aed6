import { Slice } from "#domain/model/index.ts"
import { Enrolled, Registrar, SeatTaken, WelcomeSent } from "./parts.ts"

const [course, student] = [{ id: 1 }, { id: 1 }]

export const wrong = Slice.messageAutomation({
  title: "Announces a seat",
  rules: [],
  name: "announce",
  by: Registrar,
  when: [Enrolled],
  sends: [SeatTaken],
  react: ({ course }) => [new SeatTaken({ course })],
  scenarios: { "a seat is taken": { when: new Enrolled({ course, student }), then: [new WelcomeSent({ student })] } }
})
