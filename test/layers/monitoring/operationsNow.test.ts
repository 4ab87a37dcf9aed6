import { assert, it } from "@effect/vitest"
import { Effect, Layer } from "effect"
import { DeadLetters } from "#layers/deadLetters/DeadLetters.ts"
import * as Memory from "#layers/memory/memoryServices.ts"
import { operationsNow } from "#layers/monitoring/operationsNow.ts"
import * as Monitoring from "#layers/monitoring/tail/LogTail.ts"
import { ProcessorErrors } from "#layers/processors/ProcessorErrors.ts"
import { LogUnavailable } from "#layers/services/EventLog.ts"
import { KeyValue, StoreUnavailable } from "#layers/services/KeyValue.ts"
import { Subscriptions } from "#layers/services/Subscriptions.ts"
import { library } from "#test/boards/libraryBoard.ts"

const services = Layer.merge(Monitoring.layer(library), DeadLetters.layer).pipe(
  Layer.provideMerge(Memory.layer(library))
)

const now = Effect.flatMap(operationsNow(library), (all) => all)

it.live("dead letters and errors are reported at the view or automation that has them", () =>
  Effect.gen(function* () {
    const { record } = yield* ProcessorErrors
    const { add } = yield* DeadLetters
    const letter = { by: "automation-shelve-books", place: "book/moby", type: "BookReturned", reason: "?", attempts: 6 }
    yield* add([1, 2].map((position) => ({ ...letter, position, behind: position > 1 })))
    yield* record("view Shelf", { message: "the bucket is gone" })
    const { automations, views } = yield* now
    assert.deepInclude(views["Shelf"]!.error, { message: "the bucket is gone", times: 1, over: false })
    assert.deepStrictEqual([views["Shelf"]!.parked, automations["shelve-books"]!.parked], [0, 2])
    assert.isNull(automations["shelve-books"]!.error)
  }).pipe(Effect.provide(ProcessorErrors.layer), Effect.provide(services))
)

it.live("an unknown value is null, and does not prevent the others", () =>
  Effect.gen(function* () {
    const kv = yield* KeyValue
    const gone = Effect.fail(new StoreUnavailable({ bucket: "shelf-v1", reason: "gone" }))
    const unavailable = {
      bucket: (name: string) => ({ ...kv.bucket(name), ...(name === "shelf-v1" && { size: gone }) })
    }
    const { automations, facts, views } = yield* now.pipe(
      Effect.provideService(KeyValue, unavailable),
      Effect.provideService(Subscriptions, {
        run: () => Effect.never,
        lag: () => Effect.fail(new LogUnavailable({ reason: "gone" })),
        position: () => Effect.never
      })
    )
    assert.deepStrictEqual(views["Shelf"], { lag: null, position: null, rows: null, error: null, parked: 0 })
    assert.deepStrictEqual(automations["shelve-books"], { lag: null, position: null, error: null, parked: 0 })
    assert.strictEqual(facts["BookShelved"]!.count, 0)
  }).pipe(Effect.provide(services))
)
