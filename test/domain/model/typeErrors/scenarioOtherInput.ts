import { Slice } from "#domain/model/index.ts"
import { Enrol, Registrar } from "./parts.ts"

export const wrong = Slice.command({
  title: "Enrol",
  rules: [],
  by: Registrar.puts("/enrol", "Form"),
  command: Enrol,
  scenarios: { "there is a seat": { given: [], when: { course: { id: 1 } }, then: [] } }
})
