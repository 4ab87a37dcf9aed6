import { hotelBooking } from "#features/hotel-booking/index.ts"
import { backup } from "#layers/nats/backup/index.ts"
import * as Nats from "#layers/nats/Nats.ts"
import { Effect } from "effect"
import { fileTool } from "./fileTool.ts"
import { natsServer } from "./natsServer.ts"

fileTool("backup", (file, settings, report) =>
  Effect.gen(function* () {
    const { servers } = yield* natsServer(settings)
    yield* backup(hotelBooking, file, report).pipe(Effect.provide(Nats.layer(servers)))
    return `${hotelBooking.title} is in ${file}`
  })
)
