import { Effect } from "effect"
import { isOpenByServer } from "#nats-server/data-folder/alivePipe.ts"
import { type Holder, readHolder, isServerRunning } from "#nats-server/data-folder/holderFile.ts"
import { isAlive } from "./processes.ts"

/** The server of a killed app still runs and could not be ended: it is another user's, or not visible here. */
export interface Survivor {
  /** 0 if its pid is not valid here, as for one in another container. */
  readonly pid: number
}

const terminationTimeoutMillis = 10_000
const pollIntervalMillis = 50

/** Succeeds with whether `isOver` becomes true within this time. */
const waitUntil = Effect.fnUntraced(function* (millis: number, isOver: () => boolean) {
  for (let waited = 0; waited < millis; waited += pollIntervalMillis) {
    if (isOver()) return true
    yield* Effect.sleep(pollIntervalMillis)
  }
  return isOver()
})

const sendSignal = (pid: number, name: NodeJS.Signals) => {
  try {
    process.kill(pid, name)
  } catch {
    // It has ended meanwhile, or is another user's: the caller checks whether it still runs.
  }
}

const endServer = Effect.fnUntraced(function* ({ server }: Holder) {
  const isOver = () => !isAlive(server)
  sendSignal(server, "SIGTERM")
  if (yield* waitUntil(terminationTimeoutMillis, isOver)) return true
  sendSignal(server, "SIGKILL")
  return yield* waitUntil(terminationTimeoutMillis / 5, isOver)
})

/**
 * Ends the nats-server of a killed app: SIGTERM, after 10 s SIGKILL. The caller holds the lock on the data folder, so that app
 * has ended. A server in another container cannot be signalled; this waits 15 s for the guard of that app to end it.
 * Succeeds with the server if it still runs. `config` is the configuration file that its command line names.
 */
export const endLeftover = Effect.fnUntraced(function* (
  dataDir: string,
  config: string,
  report: (line: string) => Effect.Effect<void>
): Effect.fn.Return<Survivor | undefined> {
  const holder = readHolder(dataDir)
  if (holder && holder.server !== 0 && isServerRunning(holder, config)) {
    if (!(yield* endServer(holder))) return { pid: holder.server }
    yield* report(`ended nats-server ${holder.server}, left over on ${dataDir} from an app that was killed`)
  }
  if (!isOpenByServer(dataDir)) return undefined
  yield* report(`waiting for a nats-server that still has ${dataDir} open, in another container or just ending`)
  return (yield* waitUntil(terminationTimeoutMillis * 1.5, () => !isOpenByServer(dataDir))) ? undefined : { pid: 0 }
})
