import { writeFileSync } from "node:fs"
import { Console, Effect, References } from "effect"
import { argumentsOf, run } from "#app/program.ts"
import { readSamples } from "#app/requireReadableSamples.ts"
import { resolveServer } from "#app/resolveServer.ts"
import { settings } from "#app/settings.ts"
import type { Board } from "#domain/model/index.ts"
import { eventExamples } from "#layers/asyncapi/examples.ts"
import { type EventSample, missingSamples } from "#layers/codec/sampleGate.ts"
import * as Nats from "#layers/nats/natsServices.ts"
import { EventLog } from "#layers/services/EventLog.ts"
import { LogReader } from "#layers/services/LogReader.ts"

const usage = `Usage: npm run samples

Adds a sample of each event and version of which there is none yet to the samples of the board that BOARD names. A start refuses
a board that cannot read them. The samples come from the log: NATS_URL is the server of a running app; without it the server is
started on DATA_DIR. An event that is in no log yet gets a sample from a scenario. Samples are committed with the code: look for
personal data in what is added. See docs/evolution.md.`

/** The first event of each of these shapes in the log. */
const samplesInLog = Effect.fnUntraced(function* (wanted: ReadonlyArray<string>) {
  const reader = yield* LogReader
  const last = yield* (yield* EventLog).lastPosition()
  const missing = new Set(wanted)
  const found: Array<EventSample> = []
  for (let after = 0; after < last && missing.size > 0;) {
    const page = yield* reader.readPage(after, last)
    for (const message of page) {
      const { copyof, dataschema = "", subject: streamId = "" } = message.attributes()
      if (copyof === undefined && missing.delete(dataschema))
        found.push({ dataschema, streamId, data: message.data() as EventSample["data"], from: "log" })
    }
    const next = page.at(-1)?.position ?? last
    after = Math.max(after + 1, next)
  }
  return found
})

const samplesInScenarios = (board: Board.Any, wanted: ReadonlyArray<string>) =>
  [...eventExamples(board).values()].flatMap(({ headers, payload }): ReadonlyArray<EventSample> => {
    const dataschema = headers["ce-dataschema"]!
    const sample = { dataschema, streamId: headers["ce-subject"]!, data: payload as EventSample["data"] }
    return wanted.includes(dataschema) ? [{ ...sample, from: "scenario" }] : []
  })

const main = Effect.gen(function* () {
  yield* argumentsOf(usage, {})
  const config = yield* settings
  const { board, samples: file } = config.app
  const known = yield* readSamples(config.app)
  // One from a scenario gives way to one from a log.
  const kept = known.filter(({ from }) => from === "log")
  const { address } = yield* resolveServer(config)
  const collected = yield* samplesInLog(missingSamples(board, kept)).pipe(
    Effect.provide(Nats.layer(board, { ...address, replicas: config.replicas })),
    Effect.provideService(References.MinimumLogLevel, config.logLevel)
  )
  const found = [...kept, ...collected]
  const earlier = known.filter((sample) => !found.some(({ dataschema }) => dataschema === sample.dataschema))
  const withEarlier = [...found, ...earlier]
  const all = [...withEarlier, ...samplesInScenarios(board, missingSamples(board, withEarlier))]
  const sorted = all.toSorted((a, b) => (a.dataschema < b.dataschema ? -1 : 1))
  writeFileSync(file, `${JSON.stringify(sorted, null, 2)}\n`)
  const missing = missingSamples(board, sorted)
  yield* Console.log(
    `\n${file} has ${sorted.length} samples: ${collected.length} more from the log, ${sorted.length - kept.length - collected.length} from scenarios.`
  )
  if (missing.length > 0) yield* Console.log(`No log and no scenario has ${missing.join(", ")}.`)
}).pipe(Effect.scoped)

run({ usage, main, onClosedOutput: "finish" })
