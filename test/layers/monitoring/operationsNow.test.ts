import { assert, it } from "@effect/vitest"
import { Effect, Layer } from "effect"
import { DeadLetters } from "#layers/deadLetters/DeadLetters.ts"
import * as Memory from "#layers/memory/memoryServices.ts"
import { operationsNow } from "#layers/monitoring/operationsNow.ts"
import * as Watch from "#layers/monitoring/tail/LogTail.ts"
import { ProcessorErrors } from "#layers/processors/ProcessorErrors.ts"
import { LogUnavailable } from "#layers/services/EventLog.ts"
import { KeyValue, StoreUnavailable } from "#layers/services/KeyValue.ts"
import { Consumers } from "#layers/services/Subscriptions.ts"
import { library } from "#test/boards/libraryBoard.ts"

const ground = Layer.merge(Watch.layer(library), DeadLetters.layer).pipe(Layer.provideMerge(Memory.layer(library)))

const now = Effect.flatMap(operationsNow(library), (all) => all)

it.live("what is parked, and what went wrong, is told of whom it concerns", () =>
  Effect.gen(function* () {
    const { record } = yield* ProcessorErrors
    const { add } = yield* DeadLetters
    const stuck = { by: "automation-shelve-books", place: "book/moby", type: "BookReturned", reason: "?", attempts: 6 }
    yield* add([1, 2].map((position) => ({ ...stuck, position, behind: position > 1 })))
    yield* record("view Shelf", "the bucket is gone")
    const { automations, views } = yield* now
    assert.deepInclude(views["Shelf"]!.error, { message: "the bucket is gone", times: 1, over: false })
    assert.deepStrictEqual([views["Shelf"]!.parked, automations["shelve-books"]!.parked], [0, 2])
    assert.isNull(automations["shelve-books"]!.error)
  }).pipe(Effect.provide(ProcessorErrors.layer), Effect.provide(ground))
)

it.live("what is not known is null, and nothing keeps the rest from being told", () =>
  Effect.gen(function* () {
    const kv = yield* KeyValue
    const gone = Effect.fail(new StoreUnavailable({ bucket: "shelf-v1", reason: "gone" }))
    const broken = {
      bucket: (name: string) => ({ ...kv.bucket(name), ...(name === "shelf-v1" && { size: gone }) })
    }
    const { automations, facts, views } = yield* now.pipe(
      Effect.provideService(KeyValue, broken),
      Effect.provideService(Consumers, {
        run: () => Effect.never,
        lag: () => Effect.fail(new LogUnavailable({ reason: "gone" })),
        position: () => Effect.never
      })
    )
    assert.deepStrictEqual(views["Shelf"], { lag: null, position: null, rows: null, error: null, parked: 0 })
    assert.deepStrictEqual(automations["shelve-books"], { lag: null, position: null, error: null, parked: 0 })
    assert.strictEqual(facts["BookShelved"]!.count, 0)
  }).pipe(Effect.provide(ground))
)
