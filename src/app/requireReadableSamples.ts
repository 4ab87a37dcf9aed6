import { existsSync, readFileSync } from "node:fs"
import { Data, Effect, Schema } from "effect"
import { EventSample, unreadableSamples } from "#layers/codec/sampleGate.ts"
import { errorMessage } from "#layers/services/errorMessage.ts"
import type { BoardApp } from "./BoardApp.ts"

const Samples = Schema.fromJsonString(Schema.Array(EventSample))

/** The file of samples cannot be read. */
class SamplesUnreadable extends Data.TaggedError("SamplesUnreadable")<{
  readonly file: string
  readonly reason: string
}> {
  override get message() {
    return `${this.file} cannot be used: ${this.reason}. Restore it, or collect the samples again with npm run samples.`
  }
}

/** The board cannot read events that logs have, so nothing is started. */
class UnreadableEvents extends Data.TaggedError("UnreadableEvents")<{
  readonly title: string
  readonly file: string
  readonly violations: ReadonlyArray<string>
}> {
  override get message() {
    const lines = this.violations.map((violation) => `    - ${violation}`)
    return [`${this.title} cannot read events that logs have, of which ${this.file} has samples:`, ...lines].join("\n")
  }
}

/** The samples of a board's events; none if they were never collected. */
export const readSamples = ({ samples: file }: Pick<BoardApp, "samples">) =>
  Effect.try({
    try: () => (existsSync(file) ? Schema.decodeUnknownSync(Samples)(readFileSync(file, "utf8")) : []),
    catch: (error) => new SamplesUnreadable({ file, reason: errorMessage(error) })
  })

/** Fails with every sample that the board cannot read, upcast and fold. */
export const requireReadableSamples = Effect.fnUntraced(function* (app: BoardApp) {
  const violations = unreadableSamples(app.board, yield* readSamples(app))
  if (violations.length > 0)
    return yield* new UnreadableEvents({ title: app.board.title, file: app.samples, violations })
})
