import { Console, Effect } from "effect"
import { argumentsOf, run } from "#app/program.ts"
import { hotelBooking } from "#features/hotel-booking/index.ts"
import { mermaid } from "#layers/blueprint/mermaid.ts"

const usage = `Usage: npm run diagram

Prints the board as a Mermaid flowchart, as README.md shows it. With --silent, npm prints nothing else.`

const main = Effect.andThen(argumentsOf(usage, {}), Console.log(mermaid(hotelBooking)))

run({ usage, main, onClosedOutput: "end" })
