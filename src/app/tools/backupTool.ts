import { Data, Effect } from "effect"
import { fileTool } from "#app/fileTool.ts"
import { natsServer } from "#app/resolveServer.ts"
import { hotelBooking } from "#features/hotel-booking/index.ts"
import { backup } from "#layers/nats/backup/createBackup.ts"
import * as Nats from "#layers/nats/connection/Nats.ts"
import type { DataDirInUse } from "#nats-server/EmbeddedServer.ts"

/** The app that is to be backed up runs on its own server. */
class AppRuns extends Data.TaggedError("AppRuns")<{ readonly server: DataDirInUse }> {
  override get message() {
    return (
      `${this.server.message}\n` +
      "    The app need not stop for a backup: NATS_URL=<the address it printed as NATS> npm run backup <file>"
    )
  }
}

const about = `Writes every stream and bucket of the hotel into one file. With NATS_URL from a running app's server, the app stays at work;
without it the server is started on DATA_DIR, where no app may run meanwhile. See docs/operations.md.`

fileTool("backup", about, (file, settings, report) =>
  Effect.gen(function* () {
    const { address } = yield* natsServer(settings).pipe(
      Effect.catchTag("DataDirInUse", (server) => Effect.fail(new AppRuns({ server })))
    )
    const leftOut = yield* backup(hotelBooking, file, report).pipe(Effect.provide(Nats.layer(address)))
    const less =
      leftOut.length > 0 ? `, less ${leftOut.join(", ")}: made anew from the log, since rows kept changing` : ""
    return `${hotelBooking.title} is in ${file}${less}`
  })
)
