import { writeFileSync } from "node:fs"
import { Console, Effect, References } from "effect"
import { collectSamples } from "#app/collectSamples.ts"
import { argumentsOf, run } from "#app/program.ts"
import { readSamples } from "#app/requireReadableSamples.ts"
import { resolveServer } from "#app/resolveServer.ts"
import { settings } from "#app/settings.ts"
import * as Nats from "#layers/nats/natsServices.ts"

const usage = `Usage: npm run samples

Adds a sample of each event and version of which there is none yet to the samples of the board that BOARD names. A start refuses
a board that cannot read them. The samples come from the log: NATS_URL is the server of a running app; without it the server is
started on DATA_DIR. An event that is in no log yet gets a sample from a scenario. Samples are committed with the code: look for
personal data in what is added. See docs/evolution.md.`

const main = Effect.gen(function* () {
  yield* argumentsOf(usage, {})
  const config = yield* settings
  const { board, samples: file } = config.app
  const { address } = yield* resolveServer(config)
  const { fromLog, fromScenarios, missing, samples } = yield* collectSamples(
    board,
    yield* readSamples(config.app)
  ).pipe(
    Effect.provide(Nats.layer(board, { ...address, replicas: config.replicas })),
    Effect.provideService(References.MinimumLogLevel, config.logLevel)
  )
  writeFileSync(file, `${JSON.stringify(samples, null, 2)}\n`)
  yield* Console.log(
    `\n${file} has ${samples.length} samples: ${fromLog.length} more from the log, ${fromScenarios.length} more from scenarios.`
  )
  if (missing.length > 0) yield* Console.log(`No log and no scenario has ${missing.join(", ")}.`)
}).pipe(Effect.scoped)

run({ usage, main, onClosedOutput: "finish" })
