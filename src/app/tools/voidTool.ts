import { userInfo } from "node:os"
import { Console, Effect, References } from "effect"
import { argumentsOf, BadUsage, run } from "#app/program.ts"
import { resolveServer } from "#app/resolveServer.ts"
import { settings } from "#app/settings.ts"
import { voidPosition } from "#layers/deadLetters/voidPosition.ts"
import * as Nats from "#layers/nats/natsServices.ts"

const usage = `Usage: npm run void <position> "<reason>" [<who>]

Voids a message of the log that the board cannot decode: decisions, views and automations continue as if it did not exist.
This cannot be undone. NATS_URL is the server of a running app; without it the server is started on DATA_DIR.
See docs/operations.md.`

/** Voids a position of the log. The apps on that log resolve the dead letters of that position. */
const main = Effect.gen(function* () {
  const { positionals } = yield* argumentsOf(usage, { allowPositionals: true })
  const [position = "", reason = "", by = userInfo().username] = positionals
  if (!/^[1-9]\d{0,15}$/u.test(position) || reason.trim() === "" || positionals.length > 3) {
    return yield* new BadUsage({ reason: "Name the position and the reason", usage })
  }
  const config = yield* settings
  const { address } = yield* resolveServer(config)
  const voided = yield* voidPosition(Number(position), { reason, by }).pipe(
    Effect.provide(Nats.layer(config.app.board, { ...address, replicas: config.replicas })),
    Effect.provideService(References.MinimumLogLevel, config.logLevel)
  )
  yield* Console.log(`\nPosition ${voided.position} (${voided.subject}) is void since ${voided.time}: ${voided.reason}`)
}).pipe(Effect.scoped)

run({ usage, main, onClosedOutput: "finish" })
