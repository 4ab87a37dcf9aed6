import * as EmbeddedServer from "#layers/nats/EmbeddedServer.ts"
import { findServer } from "#layers/nats/findServer.ts"
import type { ServerAddress } from "#layers/nats/serverAddress.ts"
import { Console, Effect, Option } from "effect"
import { step, waitingAloud } from "./banner.ts"
import type { Settings } from "./settings.ts"

const port = 4222

/** A server of our own, on the usual port if it is free. */
const embedded = Effect.fnUntraced(function* ({ dataDir, natsServer }: Settings) {
  const binary = yield* waitingAloud(
    "a nats-server to be found or fetched",
    findServer(Option.getOrUndefined(natsServer))
  )
  const report = (line: string) => Console.error(`  ! ${line}`)
  return yield* step(
    (server) =>
      `nats-server ${server.version} on port ${server.port}` +
      `${server.port === port ? "" : ` (${port} is taken)`}, data in ${dataDir}`,
    `nats-server to be ready on ${dataDir}`,
    EmbeddedServer.start({ binary, dataDir, port, guarded: true, report })
  )
})

/** The server that was named, or one of our own, which may end before us; `address` is what to connect with. */
export const natsServer = Effect.fnUntraced(function* (settings: Settings) {
  if (Option.isSome(settings.nats)) return { address: settings.nats.value, own: undefined }
  const own = yield* embedded(settings)
  const address: ServerAddress = { servers: own.url, credentials: own.credentials }
  return { address, own }
})
