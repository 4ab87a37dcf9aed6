import { type Context, Effect, Layer } from "effect"
import type { Board } from "#domain/model/index.ts"
import * as Memory from "#layers/memory/memoryServices.ts"
import { openConnection } from "#layers/nats/connection/Nats.ts"
import type { ServerAddress } from "#layers/nats/connection/serverAddress.ts"
import { openLiveSessions } from "#layers/nats/live/liveSessionsNats.ts"
import * as Nats from "#layers/nats/natsServices.ts"
import type { RowPublication } from "#layers/nats/provision/rowPublication.ts"
import type { LiveSessions } from "#layers/services/LiveSessions.ts"
import type { Services } from "#layers/services/Services.ts"
import * as ViewerGate from "#nats-server/viewer/ViewerGate.ts"
import { warnOfShortage } from "./diskSpace.ts"
import type { LivePlan } from "./live/livePlan.ts"
import type { resolveServer } from "./resolveServer.ts"
import type { Settings } from "./settings.ts"
import { cliHint, embeddedCliHint, step } from "./startupLog.ts"

/** A page has two while it renews its token; the rest is for reconnects, since each counts until its token expires. */
const maxConnectionsPerSession = 4

/** The services that a board runs on. */
export interface Infrastructure {
  readonly services: Context.Context<Services>
  /** Whether only this app uses the log: it is in memory, or on the app's own server. */
  readonly isEmbedded: boolean
  /** The data folder of the app's own server. */
  readonly dataDir: string | undefined
  /** The server that commands can arrive from; undefined if everything is in memory. */
  readonly address: ServerAddress | undefined
  /** Addresses for the startup log. */
  readonly natsAddresses: Readonly<Record<string, string>>
  /** The sessions of browsers that read rows over WebSocket, if that is switched on. */
  readonly live?: LiveSessions
}

/** Everything in memory, for as long as the process runs. */
export const memoryInfrastructure = (board: Board.Any) =>
  step("log and buckets in memory, gone when this ends", "memory", Layer.build(Memory.layer(board))).pipe(
    Effect.map((services): Infrastructure => ({
      services,
      isEmbedded: true,
      dataDir: undefined,
      address: undefined,
      natsAddresses: {}
    }))
  )

const openLive = Effect.fnUntraced(function* (
  board: Board.Any,
  address: ServerAddress,
  { callout, ...plan }: LivePlan,
  { maxListenersPerAddress }: Settings
) {
  const nats = yield* openConnection(callout ? { ...address, credentials: callout } : address, { name: "browsers" })
  const limits = { perSession: maxConnectionsPerSession, perAddress: maxListenersPerAddress }
  return yield* openLiveSessions(board, nats, { ...plan, limits })
})

/** What is to be done about the publication of rows: nothing on a server that others operate, unless browsers read it. */
const rowPublication = (live: LivePlan | undefined, isOwn: boolean): RowPublication => {
  if (live) return "on"
  return isOwn ? "off" : "unchanged"
}

/** NATS: the server of NATS_URL, or the app's own, which viewers without credentials can then read too. */
export const natsInfrastructure = Effect.fnUntraced(function* (
  board: Board.Any,
  { address, own }: Effect.Success<ReturnType<typeof resolveServer>>,
  settings: Settings,
  plan?: LivePlan
) {
  if (own) yield* warnOfShortage(board, settings.dataDir)
  const location = own ? "" : ` at ${address.servers}`
  const services: Context.Context<Services> = yield* step(
    `streams, buckets and consumers${location}`,
    `streams, buckets and consumers${location}`,
    Layer.build(
      Nats.layer(board, { ...address, replicas: settings.replicas, rows: rowPublication(plan, own !== undefined) })
    )
  )
  const live = plan && { live: yield* openLive(board, address, plan, settings) }
  if (!own) {
    const natsAddresses = { NATS: address.servers, "NATS CLI": cliHint(address) }
    return { services, isEmbedded: false, dataDir: undefined, address, natsAddresses, ...live } satisfies Infrastructure
  }
  yield* ViewerGate.open(own.dataDir, address)
  const natsAddresses = { NATS: own.url, "NATS CLI": embeddedCliHint(own.url, settings.dataDir) }
  return { services, isEmbedded: true, dataDir: own.dataDir, address, natsAddresses, ...live } satisfies Infrastructure
})
