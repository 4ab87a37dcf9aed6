import { assert, describe, it } from "@effect/vitest"
import { jetstreamManager } from "@nats-io/jetstream"
import { connect } from "@nats-io/transport-node"
import { Effect, Layer, Schedule } from "effect"
import { Validation } from "#domain/model/index.ts"
import * as CommandHandler from "#layers/commands/commandHandler.ts"
import { Commands } from "#layers/commands/Commands.ts"
import * as Nats from "#layers/nats/natsServices.ts"
import { Ids } from "#layers/services/Ids.ts"
import { notebook, WriteNote } from "#test/boards/notesBoard.ts"
import { natsBackend } from "#test/support/backends.ts"
import { testServer } from "#test/support/testServer.ts"
import { keysSuite } from "./keyWords.suite.ts"

it("the notebook board is valid", () => assert.deepStrictEqual(Validation.violations(notebook), []))

keysSuite(natsBackend)

describe("The subject of a message in a lane", () => {
  it.live("has the escaped values of the key one by one, and then the key", () =>
    Effect.gen(function* () {
      const { url } = yield* testServer({ syncInterval: "2m" })
      const services = Nats.layer(notebook, { servers: url, replicas: 1 })
      const running = CommandHandler.layer(notebook).pipe(Layer.provide(services), Layer.provide(Ids.layer))
      const about = { member: { id: "john.doe@example.com" }, topic: "", score: 1, open: true }
      const { execute } = yield* Effect.map(Layer.build(running), (context) =>
        Commands.of(context.mapUnsafe.get(Commands.key) as never)
      )
      yield* execute(WriteNote, { ...about, text: "" }, { actor: "Writer" })
      const nats = yield* Effect.acquireRelease(
        Effect.promise(() => connect({ servers: url })),
        (nats) => Effect.promise(() => nats.close())
      )
      const jsm = yield* Effect.promise(() => jetstreamManager(nats))
      const message = yield* Effect.tryPromise(() => jsm.streams.getMessage("notebook-notes", { seq: 1 })).pipe(
        Effect.repeat({ until: (message) => message !== null, schedule: Schedule.spaced("10 millis") })
      )
      const email = "john=2Edoe=40example=2Ecom"
      assert.strictEqual(message!.subject, `notes.${email}.=.${email}_=`)
    }).pipe(Effect.scoped)
  )
})
