import { readFileSync, writeFileSync } from "node:fs"
import { Console, Data, Effect } from "effect"
import { argumentsOf, run } from "#app/program.ts"
import { chosenApp } from "#app/settings.ts"
import { mermaid } from "#layers/blueprint/mermaid.ts"

const usage = `Usage: npm run diagram [-- --write]

Prints the board as a Mermaid flowchart (npm run --silent prints nothing else). With --write it replaces the diagram in
its README.md. BOARD names the board.`

/** The text has no Mermaid block to replace. */
class NoDiagram extends Data.TaggedError("NoDiagram")<{ readonly file: string }> {
  override get message() {
    return `${this.file} has no \`\`\`mermaid block. Add an empty one where the diagram belongs.`
  }
}

const block = /(?<=^```mermaid\n)[\s\S]*?(?=^```$)/mu

const main = Effect.gen(function* () {
  const { values } = yield* argumentsOf(usage, { options: { write: { type: "boolean" } } })
  const { board, readme: file } = yield* chosenApp
  const diagram = mermaid(board)
  if (!values.write) return yield* Console.log(diagram)
  const readme = readFileSync(file, "utf8")
  if (!block.test(readme)) return yield* new NoDiagram({ file })
  writeFileSync(
    file,
    readme.replace(block, () => `${diagram}\n`)
  )
})

run({ usage, main, onClosedOutput: "end" })
