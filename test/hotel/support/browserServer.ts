import { connect, errors, type NatsConnection, wsconnect } from "@nats-io/transport-node"
import { Effect, Layer } from "effect"
import { Board } from "#domain/model/index.ts"
import { hotelBooking } from "#features/hotel-booking/index.ts"
import { bucketOf } from "#layers/buckets/bucketNames.ts"
import { rowChangesPrefix, rowRequests } from "#layers/buckets/rowSubjects.ts"
import type { LiveSession } from "#layers/contract/liveSchema.ts"
import { openConnection } from "#layers/nats/connection/Nats.ts"
import { toAuthOptions } from "#layers/nats/connection/serverAddress.ts"
import { makeIssuer, newIssuerSeed } from "#layers/nats/live/issuer.ts"
import { openLiveSessions } from "#layers/nats/live/liveSessionsNats.ts"
import * as Nats from "#layers/nats/natsServices.ts"
import { type BrowserAccess, browserAccount } from "#nats-server/browserAccess.ts"
import { testServer } from "#test/support/testServer.ts"
import { freePort } from "../../../bench/freePort.ts"

export const origin = "http://localhost:3000"

export interface ConnectOptions {
  /** The `Origin` header; empty for a client that is no browser. */
  readonly origin?: string
  readonly token?: string
}

/**
 * The own server of an app that lets browsers read, with the hotel's streams and buckets, and sessions of browsers whose
 * tokens live for `tokenSeconds`.
 */
export const browserServer = Effect.fnUntraced(function* ({
  maxConnections = 100,
  perAddress = 100,
  tokenSeconds = 60
}: {
  readonly maxConnections?: number
  readonly perAddress?: number
  readonly tokenSeconds?: number
} = {}) {
  const issuer = makeIssuer(newIssuerSeed())
  const port = yield* Effect.promise(freePort)
  const buckets = Board.views(hotelBooking).map(bucketOf)
  const access: BrowserAccess = {
    port,
    origins: [origin],
    issuer: issuer.publicKey,
    requests: buckets.flatMap(rowRequests),
    changes: buckets.map((bucket) => `${rowChangesPrefix(hotelBooking, bucket)}>`),
    maxConnections
  }
  const server = yield* testServer({ syncInterval: "2m", restrictAnonymous: true, browsers: access })
  const address = { servers: server.url, credentials: server.credentials }
  yield* Layer.build(Nats.layer(hotelBooking, { ...address, replicas: 1, rows: "on" }))
  const url = `ws://127.0.0.1:${port}`
  /** The sessions of a process of the app; each has a connection of its own. */
  const openSessions = (account = browserAccount) =>
    Effect.flatMap(openConnection(address), (nats) =>
      openLiveSessions(hotelBooking, nats, {
        issuer,
        url,
        account,
        tokenSeconds,
        limits: { perSession: 4, perAddress }
      })
    )
  const live = yield* openSessions()
  const app = yield* Effect.acquireRelease(
    Effect.promise(() => connect({ servers: server.url, ...toAuthOptions(server.credentials) })),
    (nats) => Effect.promise(() => nats.close())
  )
  const opened: Array<NatsConnection> = []
  yield* Effect.addFinalizer(() => Effect.promise(() => Promise.all(opened.map((nats) => nats.close()))))
  /** Connects as the page of a session does. */
  const browse = async (
    session: LiveSession,
    { origin: from = origin, token = session.token }: ConnectOptions = {}
  ) => {
    const nats = await wsconnect({
      servers: url,
      ...(token !== "" && { token }),
      inboxPrefix: session.inboxPrefix,
      reconnect: false,
      timeout: 3_000,
      wsFactory: async (address: string) => ({
        encrypted: false,
        // Node's WebSocket takes headers, unlike a browser's.
        socket: new WebSocket(address, { headers: from === "" ? {} : { origin: from } } as never)
      })
    })
    opened.push(nats)
    return nats
  }
  return { server, access, live, openSessions, app, browse }
})

/** What the server denies on a connection from now on. */
export const denialsOn = (nats: NatsConnection): ReadonlyArray<string> => {
  const found: Array<string> = []
  const collect = async () => {
    for await (const status of nats.status()) {
      if (status.type === "error" && status.error instanceof errors.PermissionViolationError)
        found.push(status.error.message)
    }
  }
  void collect()
  return found
}
