import { Console, Effect, Option } from "effect"
import type { ServerAddress } from "#layers/nats/connection/serverAddress.ts"
import * as EmbeddedServer from "#nats-server/EmbeddedServer.ts"
import { findServer } from "#nats-server/findServer.ts"
import { portsToTry, rememberedPort, rememberPort, usualPort } from "#nats-server/serverPort.ts"
import type { Settings } from "./settings.ts"
import { step, waitingAloud } from "./startupLog.ts"

/** A server of our own: on NATS_PORT, or on the port that it had last, so that what was typed once stays right. */
const embedded = Effect.fnUntraced(function* ({ dataDir, natsPort, natsServer }: Settings) {
  const binary = yield* waitingAloud(
    "a nats-server to be found or fetched",
    findServer(Option.getOrUndefined(natsServer))
  )
  const report = (line: string) => Console.error(`  ! ${line}`)
  const before = rememberedPort(dataDir)
  const ports = Option.match(natsPort, { onNone: () => portsToTry(dataDir), onSome: (port) => [port] })
  const why = (port: number) => {
    const hoped = Option.getOrElse(before, () => usualPort)
    if (Option.isSome(natsPort)) return ""
    if (port !== hoped) return ` (${hoped} is taken)`
    return port === usualPort ? "" : ", as before"
  }
  const server = yield* step(
    ({ port, version }) => `nats-server ${version} on port ${port}${why(port)}, data in ${dataDir}`,
    `nats-server to be ready on ${dataDir}`,
    EmbeddedServer.start({ binary, dataDir, ports, guarded: true, report })
  )
  if (Option.isNone(natsPort)) yield* rememberPort(server.dataDir, server.port)
  return server
})

/** The server that was named, or one of our own, which may end before us; `address` is what to connect with. */
export const natsServer = Effect.fnUntraced(function* (settings: Settings) {
  if (Option.isSome(settings.nats)) return { address: settings.nats.value, own: undefined }
  const own = yield* embedded(settings)
  const address: ServerAddress = { servers: own.url, credentials: own.credentials }
  return { address, own }
})
