import { writeFileSync } from "node:fs"
import { Console, Effect } from "effect"
import { argumentsOf, run } from "#app/program.ts"
import { hotelBooking } from "#features/hotel-booking/index.ts"
import { committedDocuments } from "#layers/http/contract/committedDocuments.ts"

const usage = `Usage: npm run api-docs

Writes docs/openapi.json and docs/asyncapi.json, which describe the board's API over HTTP and over NATS. Run it after a
change of the board or of the API.`

const main = Effect.gen(function* () {
  yield* argumentsOf(usage, {})
  for (const [file, text] of Object.entries(committedDocuments(hotelBooking))) {
    writeFileSync(file, text)
    yield* Console.log(`wrote ${file}`)
  }
})

run({ usage, main, onClosedOutput: "end" })
