import { Console, Effect, Option } from "effect"
import type { ServerAddress } from "#layers/nats/connection/serverAddress.ts"
import type { BrowserAccess } from "#nats-server/browserAccess.ts"
import * as EmbeddedServer from "#nats-server/EmbeddedServer.ts"
import { resolveBinary } from "#nats-server/resolveBinary.ts"
import { portsToTry, rememberedPort, rememberPort, defaultPort } from "#nats-server/serverPort.ts"
import type { Settings } from "./settings.ts"
import { step, withWaitingLog } from "./startupLog.ts"

/** The app's own server: on NATS_PORT, or on the port that it had last, so that a client's address stays valid. */
const startEmbedded = Effect.fnUntraced(function* (
  { dataDir, natsPort, natsServerPath }: Settings,
  browsers: BrowserAccess | undefined
) {
  const binary = yield* withWaitingLog(
    "a nats-server to be found or fetched",
    resolveBinary(Option.getOrUndefined(natsServerPath))
  )
  const report = (line: string) => Console.error(`  ! ${line}`)
  const lastPort = rememberedPort(dataDir)
  const ports = Option.match(natsPort, { onNone: () => portsToTry(dataDir), onSome: (port) => [port] })
  const portNote = (port: number) => {
    const expectedPort = Option.getOrElse(lastPort, () => defaultPort)
    if (Option.isSome(natsPort)) return ""
    if (port !== expectedPort) return ` (${expectedPort} is in use)`
    return port === defaultPort ? "" : ", as before"
  }
  const server = yield* step(
    ({ port, version }) => `nats-server ${version} on port ${port}${portNote(port)}, data in ${dataDir}`,
    `nats-server to be ready on ${dataDir}`,
    EmbeddedServer.start({ binary, dataDir, ports, restrictAnonymous: true, browsers, report })
  )
  if (Option.isNone(natsPort)) yield* rememberPort(server.dataDir, server.port)
  return server
})

/**
 * The server of NATS_URL, or the app's own (`own`), which may end before the app. `address` is the one to connect to.
 * `browsers` may read rows of the own server.
 */
export const resolveServer = Effect.fnUntraced(function* (settings: Settings, browsers?: BrowserAccess) {
  if (Option.isSome(settings.nats)) return { address: settings.nats.value, own: undefined }
  const own = yield* startEmbedded(settings, browsers)
  const address: ServerAddress = { servers: own.url, credentials: own.credentials }
  return { address, own }
})
