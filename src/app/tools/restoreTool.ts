import { Effect } from "effect"
import { runFileTool } from "#app/fileTool.ts"
import { resolveServer } from "#app/resolveServer.ts"
import { restore } from "#layers/nats/backup/restoreBackup.ts"
import * as Nats from "#layers/nats/connection/Nats.ts"

const description = `Restores a backup of \`npm run backup\`, with the same positions, to the server of NATS_URL or of DATA_DIR. If a stream there
has messages already, nothing is restored. See docs/operations.md.`

/**
 * A server that syncs each write stores restored messages one by one, and answers nothing else on the connection until it
 * has stored those of a compressed block: seconds on a slow disk. A link that was dropped meanwhile loses the answer.
 */
const maxSilence = "1 minute"

runFileTool("restore", description, (file, settings, report) =>
  Effect.gen(function* () {
    const { address } = yield* resolveServer(settings)
    const { time } = yield* restore(settings.app.board, file, settings.replicas, report).pipe(
      Effect.provide(Nats.layer(address, { maxSilence }))
    )
    return `${settings.app.board.title} is as it was at ${time}`
  })
)
