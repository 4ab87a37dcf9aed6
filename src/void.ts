import { hotelBooking } from "#features/hotel-booking/index.ts"
import * as Nats from "#layers/nats/index.ts"
import { voidPosition } from "#layers/runtime/voiding.ts"
import { Console, Data, Effect, References } from "effect"
import { userInfo } from "node:os"
import { runTool } from "./fileTool.ts"
import { natsServer } from "./natsServer.ts"
import { settings } from "./settings.ts"

/** The position or the reason was left out. */
class NotAsked extends Data.TaggedError("NotAsked") {
  override readonly message =
    'Name the position and the reason: npm run void <position> "<reason>" [<who>]. NATS_URL is the server of a running app.'
}

/** Voids a position of the log. The apps on that log resolve the dead letters that stand on it. */
const tool = Effect.gen(function* () {
  const [, , position = "", reason = "", by = userInfo().username] = process.argv
  if (!/^[1-9]\d{0,15}$/u.test(position) || reason.trim() === "") return yield* new NotAsked()
  const chosen = yield* settings
  const { address } = yield* natsServer(chosen)
  const voided = yield* voidPosition(Number(position), { reason, by }).pipe(
    Effect.provide(Nats.layer(hotelBooking, { ...address, replicas: chosen.replicas })),
    Effect.provideService(References.MinimumLogLevel, chosen.logLevel)
  )
  yield* Console.log(`\nPosition ${voided.position} (${voided.subject}) is void since ${voided.time}: ${voided.reason}`)
}).pipe(Effect.scoped)

runTool(tool)
