import { hotelBooking } from "#features/hotel-booking/index.ts"
import { restore } from "#layers/nats/backup/index.ts"
import * as Nats from "#layers/nats/Nats.ts"
import { Effect } from "effect"
import { fileTool } from "./fileTool.ts"
import { natsServer } from "./natsServer.ts"

fileTool("restore", (file, settings, report) =>
  Effect.gen(function* () {
    const { address } = yield* natsServer(settings)
    const { time } = yield* restore(hotelBooking, file, settings.replicas, report).pipe(
      Effect.provide(Nats.layer(address))
    )
    return `${hotelBooking.title} is as it was at ${time}`
  })
)
