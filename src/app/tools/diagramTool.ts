import { readFileSync, writeFileSync } from "node:fs"
import { Console, Data, Effect } from "effect"
import { argumentsOf, run } from "#app/program.ts"
import { hotelBooking } from "#features/hotel-booking/index.ts"
import { mermaid } from "#layers/blueprint/mermaid.ts"

const usage = `Usage: npm run diagram [-- --write]

Prints the board as a Mermaid flowchart (npm run --silent prints nothing else). With --write it replaces the diagram in
README.md.`

/** README.md has no Mermaid block to replace. */
class NoDiagram extends Data.TaggedError("NoDiagram") {
  override readonly message = "README.md has no ```mermaid block. Add an empty one where the diagram belongs."
}

const block = /(?<=^```mermaid\n)[\s\S]*?(?=^```$)/mu

const main = Effect.gen(function* () {
  const { values } = yield* argumentsOf(usage, { options: { write: { type: "boolean" } } })
  const diagram = mermaid(hotelBooking)
  if (!values.write) return yield* Console.log(diagram)
  const readme = readFileSync("README.md", "utf8")
  if (!block.test(readme)) return yield* new NoDiagram()
  writeFileSync(
    "README.md",
    readme.replace(block, () => `${diagram}\n`)
  )
})

run({ usage, main, onClosedOutput: "end" })
