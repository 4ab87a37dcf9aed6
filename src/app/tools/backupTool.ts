import { Data, Effect } from "effect"
import { runFileTool } from "#app/fileTool.ts"
import { resolveServer } from "#app/resolveServer.ts"
import { backup } from "#layers/nats/backup/createBackup.ts"
import * as Nats from "#layers/nats/connection/Nats.ts"
import type { DataDirInUse } from "#nats-server/EmbeddedServer.ts"

/** The app that is to be backed up runs on the data folder. */
class AppIsRunning extends Data.TaggedError("AppIsRunning")<{ readonly server: DataDirInUse }> {
  override get message() {
    return (
      `${this.server.message}\n` +
      "    The app need not stop for a backup: NATS_URL=<the address it printed as NATS> npm run backup <file>"
    )
  }
}

const description = `Writes every stream and bucket of the board into one file. With NATS_URL from a running app's server, the app keeps running;
without it the server is started on DATA_DIR, where no app may run meanwhile. See docs/operations.md.`

runFileTool("backup", description, (file, settings, report) =>
  Effect.gen(function* () {
    const { address } = yield* resolveServer(settings).pipe(
      Effect.catchTag("DataDirInUse", (server) => Effect.fail(new AppIsRunning({ server })))
    )
    const skipped = yield* backup(settings.app.board, file, report).pipe(Effect.provide(Nats.layer(address)))
    const skippedNote =
      skipped.length > 0 ? `, except ${skipped.join(", ")}: rebuilt from the log, since its rows kept changing` : ""
    return `${settings.app.board.title} is in ${file}${skippedNote}`
  })
)
