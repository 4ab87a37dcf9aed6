import { mkdirSync, writeFileSync } from "node:fs"
import { Console, Effect } from "effect"
import { argumentsOf, run } from "#app/program.ts"
import { chosenApp } from "#app/settings.ts"
import { committedDocuments } from "#layers/http/contract/committedDocuments.ts"

const usage = `Usage: npm run api-docs

Writes openapi.json and asyncapi.json, which describe the API of the board that BOARD names over HTTP and over NATS; those
of the hotel are in docs. Run it after a change of the board or of the API.`

const main = Effect.gen(function* () {
  yield* argumentsOf(usage, {})
  const { board, documents } = yield* chosenApp
  mkdirSync(documents, { recursive: true })
  for (const [file, text] of Object.entries(committedDocuments(board, documents))) {
    writeFileSync(file, text)
    yield* Console.log(`wrote ${file}`)
  }
})

run({ usage, main, onClosedOutput: "end" })
