import { Effect } from "effect"
import { runFileTool } from "#app/fileTool.ts"
import { resolveServer } from "#app/resolveServer.ts"
import { hotelBooking } from "#features/hotel-booking/index.ts"
import { restore } from "#layers/nats/backup/restoreBackup.ts"
import * as Nats from "#layers/nats/connection/Nats.ts"

const about = `Brings back what \`npm run backup\` wrote, with the same positions, onto the server of NATS_URL or of DATA_DIR. Streams that
hold messages already are left alone, and nothing is restored then. See docs/operations.md.`

runFileTool("restore", about, (file, settings, report) =>
  Effect.gen(function* () {
    const { address } = yield* resolveServer(settings)
    const { time } = yield* restore(hotelBooking, file, settings.replicas, report).pipe(
      Effect.provide(Nats.layer(address))
    )
    return `${hotelBooking.title} is as it was at ${time}`
  })
)
