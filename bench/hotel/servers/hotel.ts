import * as NodeRuntime from "@effect/platform-node/NodeRuntime"
import { Effect, Layer } from "effect"
import { Board } from "#domain/model/index.ts"
import { hotelBooking } from "#features/hotel-booking/index.ts"
import * as Http from "#layers/http/server/httpServer.ts"
import * as Nats from "#layers/nats/natsServices.ts"
import * as Runtime from "#layers/runBoard.ts"
import { Ids } from "#layers/services/Ids.ts"

// hotel.ts <nats url> [commands]: the hotel over HTTP; with "commands" without views and automations.

const [, , servers = "", mode] = process.argv
const board =
  mode === "commands" ? Board.make({ ...hotelBooking, slices: Board.commandSlices(hotelBooking) }) : hotelBooking

const serve = Effect.gen(function* () {
  const { url } = yield* Http.start(board, { host: "127.0.0.1", port: 0 })
  process.send!({ url })
  yield* Effect.never
}).pipe(
  Effect.provide(
    Runtime.layer(board).pipe(
      Layer.provideMerge(Nats.layer(board, { servers, replicas: 1 })),
      Layer.provideMerge(Ids.layer)
    )
  ),
  Effect.scoped
)

process.on("disconnect", () => process.exit())
NodeRuntime.runMain(serve, { disableErrorReporting: false, teardown: (_, onExit) => onExit(0) })
