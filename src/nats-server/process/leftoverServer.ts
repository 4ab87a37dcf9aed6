import { Effect } from "effect"
import { isOpenByServer } from "#nats-server/data-folder/alivePipe.ts"
import { type Holder, readHolder, isServerRunning } from "#nats-server/data-folder/holderFile.ts"
import { isAlive } from "./processes.ts"

/** A server of an app that was killed still runs and could not be ended: another user's, or out of sight. */
export interface Survivor {
  /** 0 if it runs where its pid means nothing here, as in another container. */
  readonly pid: number
}

const terminationTimeoutMillis = 10_000
const pollIntervalMillis = 50

/** Whether `isOver` within so many milliseconds. */
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
    // Ended meanwhile, or another user's: what runs afterwards tells.
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
 * Ends the nats-server that an app left behind, once the lock on its data folder has shown that this app has ended: SIGTERM,
 * after 10 s SIGKILL. One in another container cannot be signalled; the guard of that app ends it, and is given 15 s.
 * Succeeds with the server that survives, if any. `config` is the configuration file that its command line names.
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
