import { Effect } from "effect"
import type { Board } from "#domain/model/index.ts"
import { eventExamples } from "#layers/asyncapi/examples.ts"
import { type EventSample, missingSamples } from "#layers/codec/sampleGate.ts"
import { EventLog } from "#layers/services/EventLog.ts"
import { LogReader } from "#layers/services/LogReader.ts"

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

/** The samples of a board, in order: the known ones, and one of each shape that had none. A log counts more than a scenario. */
export const collectSamples = Effect.fnUntraced(function* (board: Board.Any, known: ReadonlyArray<EventSample>) {
  const kept = known.filter(({ from }) => from === "log")
  const fromLog = yield* samplesInLog(missingSamples(board, kept))
  const ofLogs = [...kept, ...fromLog]
  const earlier = known.filter(
    ({ dataschema, from }) => from === "scenario" && !ofLogs.some((each) => each.dataschema === dataschema)
  )
  const withEarlier = [...ofLogs, ...earlier]
  const fromScenarios = samplesInScenarios(board, missingSamples(board, withEarlier))
  const samples = [...withEarlier, ...fromScenarios].toSorted((a, b) => (a.dataschema < b.dataschema ? -1 : 1))
  return { samples, fromLog, fromScenarios, missing: missingSamples(board, samples) }
})
