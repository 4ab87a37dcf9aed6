import { Console, Data, Effect, Option, References } from "effect"
import { argumentsOf, run } from "#app/program.ts"
import { requireValidBoard } from "#app/requireValidBoard.ts"
import { settings } from "#app/settings.ts"
import * as Nats from "#layers/nats/connection/Nats.ts"
import { provisionChecked } from "#layers/nats/natsServices.ts"
import { republished } from "#layers/nats/provision/republish.ts"
import { streamSpecs } from "#layers/nats/provision/streamSpecs.ts"

const usage = `Usage: npm run provision

Creates or corrects the streams, buckets and consumers of the board on the server of NATS_URL, for an app whose user may not
(docs/accounts.md). Lanes and views are published to other accounts from then on. Running it again changes nothing.`

/** There is no server to provision. */
class NoServer extends Data.TaggedError("NoServer") {
  override readonly message =
    "NATS_URL is not set. Set it, and the credentials of an operations user, as in:\n" +
    "    (set -a; . nats-accounts/hotels/<hotel>/operations.env; npm run provision)\n" +
    "The server that an app starts for itself needs none of this."
}

const main = Effect.gen(function* () {
  yield* argumentsOf(usage, {})
  const { app, logLevel, nats, replicas } = yield* settings
  const { board } = app
  if (Option.isNone(nats)) return yield* new NoServer()
  yield* requireValidBoard(board)
  const specs = republished(board, streamSpecs(board, replicas))
  yield* provisionChecked(board, replicas, specs).pipe(
    Effect.provide(Nats.layer(nats.value)),
    Effect.provideService(References.MinimumLogLevel, logLevel)
  )
  yield* Console.log(`${specs.length} streams and buckets at ${nats.value.servers} are as ${board.title} declares them`)
}).pipe(Effect.scoped)

run({ usage, main, onClosedOutput: "finish" })
