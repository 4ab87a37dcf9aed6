import * as EmbeddedServer from "#layers/nats/EmbeddedServer.ts"
import { findServer } from "#layers/nats/findServer.ts"
import { Effect, Option } from "effect"
import { step } from "./banner.ts"
import type { Settings } from "./settings.ts"

const port = 4222

/** A server of our own, on the usual port if it is free. */
const embedded = Effect.fnUntraced(function* ({ dataDir, natsServer }: Settings) {
  const binary = yield* findServer(Option.getOrUndefined(natsServer))
  return yield* step(
    (server) =>
      `nats-server ${server.version} on port ${server.port}` +
      `${server.port === port ? "" : ` (${port} is taken)`}, data in ${dataDir}`,
    EmbeddedServer.start({ binary, dataDir, port })
  )
})

/** The server that was named, or one of our own, which may end before us. */
export const natsServer = Effect.fnUntraced(function* (settings: Settings) {
  if (Option.isSome(settings.natsUrl)) return { servers: settings.natsUrl.value, own: undefined }
  const own = yield* embedded(settings)
  return { servers: own.url, own }
})
