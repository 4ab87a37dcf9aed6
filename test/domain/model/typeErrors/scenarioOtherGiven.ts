import { Slice } from "#domain/model/index.ts"
import { Enrol, Registrar, SeatTaken } from "./parts.ts"

const [course, student] = [{ id: 1 }, { id: 1 }]

export const wrong = Slice.command({
  title: "Enrol",
  rules: [],
  by: Registrar.puts("/enrol", "Form"),
  command: Enrol,
  scenarios: { "there is a seat": { given: [new SeatTaken({ course })], when: { course, student }, then: [] } }
})
