import { writeFileSync } from "node:fs"
import { join } from "node:path"
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { readSamples, requireReadableSamples } from "#app/requireReadableSamples.ts"
import { missingSamples } from "#layers/codec/sampleGate.ts"
import { apps } from "#test/support/appBoards.ts"
import { temporaryFolder } from "#test/support/testServer.ts"

for (const app of apps) {
  describe(`The samples of ${app.board.title}`, () => {
    it.effect("are there for each shape in which a log may have its events, and can be read", () =>
      Effect.gen(function* () {
        const samples = yield* readSamples(app)
        assert.deepStrictEqual(missingSamples(app.board, samples), [], "collect them with npm run samples")
        yield* requireReadableSamples(app)
      })
    )

    it.effect("refuse a board without one of its events before anything starts", () =>
      Effect.gen(function* () {
        const [first, ...lanes] = app.board.lanes
        const [event, ...events] = first!.events
        const board = { ...app.board, lanes: [{ ...first!, events }, ...lanes] }
        const { message } = yield* Effect.flip(requireReadableSamples({ ...app, board }))
        assert.include(message, `${app.board.title} cannot read events that logs have`)
        assert.include(message, `Logs have ${event!.identifier} version 1, which the board does not read`)
      })
    )

    it.effect("that are no samples are reported by their file", () =>
      Effect.gen(function* () {
        const samples = join(yield* temporaryFolder, "samples.json")
        writeFileSync(samples, `[{ "dataschema": 1 }]`)
        const { message } = yield* Effect.flip(requireReadableSamples({ ...app, samples }))
        assert.include(message, `${samples} cannot be used`)
      }).pipe(Effect.scoped)
    )
  })
}
