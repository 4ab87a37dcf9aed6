import { type Context, Effect, Layer } from "effect"
import type { Board } from "#domain/model/index.ts"
import * as Memory from "#layers/memory/memoryServices.ts"
import type { ServerAddress } from "#layers/nats/connection/serverAddress.ts"
import * as Nats from "#layers/nats/natsServices.ts"
import type { Services } from "#layers/services/Services.ts"
import * as ViewerGate from "#nats-server/viewer/ViewerGate.ts"
import { warnOfShortage } from "./diskSpace.ts"
import type { resolveServer } from "./resolveServer.ts"
import type { Settings } from "./settings.ts"
import { cliHint, embeddedCliHint, step } from "./startupLog.ts"

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

/** NATS: the server of NATS_URL, or the app's own, which viewers without credentials can then read too. */
export const natsInfrastructure = Effect.fnUntraced(function* (
  board: Board.Any,
  { address, own }: Effect.Success<ReturnType<typeof resolveServer>>,
  settings: Settings
) {
  if (own) yield* warnOfShortage(board, settings.dataDir)
  const location = own ? "" : ` at ${address.servers}`
  const services: Context.Context<Services> = yield* step(
    `streams, buckets and consumers${location}`,
    `streams, buckets and consumers${location}`,
    Layer.build(Nats.layer(board, { ...address, replicas: settings.replicas }))
  )
  if (!own) {
    const natsAddresses = { NATS: address.servers, "NATS CLI": cliHint(address) }
    return { services, isEmbedded: false, dataDir: undefined, address, natsAddresses } satisfies Infrastructure
  }
  yield* ViewerGate.open(own.dataDir, address)
  const natsAddresses = { NATS: own.url, "NATS CLI": embeddedCliHint(own.url, settings.dataDir) }
  return { services, isEmbedded: true, dataDir: own.dataDir, address, natsAddresses } satisfies Infrastructure
})
