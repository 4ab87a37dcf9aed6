import { spawn } from "node:child_process"
import { readFileSync } from "node:fs"
import { join } from "node:path"
import { type ConnectionOptions, connect, nkeyAuthenticator, wsconnect } from "@nats-io/transport-node"
import { Data, Effect } from "effect"
import { Board } from "#domain/model/index.ts"
import { hotelBooking } from "#features/hotel-booking/index.ts"
import { bucketOf } from "#layers/buckets/bucketNames.ts"
import * as Nats from "#layers/nats/connection/Nats.ts"
import { provisionChecked } from "#layers/nats/natsServices.ts"
import { republished } from "#layers/nats/provision/republish.ts"
import { streamSpecs } from "#layers/nats/provision/streamSpecs.ts"
import { keyFile } from "#nats-server/accounts/userKeys.ts"
import { inboxPrefix, type Role } from "#nats-server/accounts/users.ts"
import { type Output, writeAccounts } from "#nats-server/accounts/writeAccounts.ts"
import { serverBinary, temporaryFolder } from "#test/support/testServer.ts"
import { freePort } from "../../../bench/freePort.ts"

class ServerEnded extends Data.TaggedError("ServerEnded")<{ readonly output: string }> {
  override get message() {
    return `nats-server ended: ${this.output}`
  }
}

/** Runs nats-server on a configuration until the scope closes; returns what it has printed. */
const runServer = Effect.fnUntraced(function* (config: string) {
  const binary = yield* serverBinary
  let output = ""
  yield* Effect.acquireRelease(
    Effect.callback<ReturnType<typeof spawn>, ServerEnded>((resume) => {
      const child = spawn(binary, ["-c", config], { stdio: ["ignore", "ignore", "pipe"] })
      child.stderr!.setEncoding("utf8").on("data", (text: string) => {
        output += text
        if (output.includes("Server is ready")) resume(Effect.succeed(child))
      })
      child.once("exit", () => resume(Effect.fail(new ServerEnded({ output }))))
    }),
    (child) =>
      Effect.callback<void>((resume) => {
        child.once("close", () => resume(Effect.void))
        if (!child.kill("SIGKILL")) resume(Effect.void)
      })
  )
  return () => output
})

const allBuckets = Board.views(hotelBooking).map(bucketOf)

/** A server with an account for each hotel, as `npm run nats-config` configures it. */
export const accountsServer = Effect.fnUntraced(function* (hotels: ReadonlyArray<string>, more: Partial<Output> = {}) {
  const folder = join(yield* temporaryFolder, "accounts")
  const [port, webSocketPort] = [yield* Effect.promise(freePort), yield* Effect.promise(freePort)]
  const output: Output = {
    board: hotelBooking,
    hotels,
    buckets: allBuckets,
    replicas: 1,
    connections: 100,
    browsers: 100,
    folder,
    isForced: false,
    listen: `127.0.0.1:${port}`,
    host: "127.0.0.1",
    certificates: undefined,
    websocket: { listen: `127.0.0.1:${webSocketPort}`, origins: ["http://hotel.example"] },
    hasBrowserSessions: false,
    ...more
  }
  writeAccounts(output)
  const log = yield* runServer(join(folder, "nats.conf"))

  const authenticator = (role: Role, hotel?: string) =>
    nkeyAuthenticator(() => new TextEncoder().encode(readFileSync(join(folder, keyFile(role, hotel)), "utf8").trim()))

  /** Over TCP, or over WebSocket. */
  const tryConnect = (role: Role, hotel?: string, transport: "tcp" | "ws" = role === "browser" ? "ws" : "tcp") => {
    const options: ConnectionOptions = {
      servers: transport === "ws" ? `ws://127.0.0.1:${webSocketPort}` : `127.0.0.1:${port}`,
      authenticator: authenticator(role, hotel),
      inboxPrefix: inboxPrefix(role),
      reconnect: false,
      timeout: 3_000
    }
    return transport === "ws" ? wsconnect(options) : connect(options)
  }
  const connectAs = (...args: Parameters<typeof tryConnect>) =>
    Effect.acquireRelease(
      Effect.promise(() => tryConnect(...args)),
      (nats) => Effect.promise(() => nats.close())
    )

  /** The address of a user, as the app and the tools read it from the settings. */
  const address = (role: Role, hotel: string) => ({
    servers: `127.0.0.1:${port}`,
    credentials: authenticator(role, hotel),
    inboxPrefix: inboxPrefix(role)
  })
  const provision = (hotel: string) =>
    provisionChecked(hotelBooking, 1, republished(hotelBooking, streamSpecs(hotelBooking, 1))).pipe(
      Effect.provide(Nats.layer(address("operations", hotel)))
    )

  return { folder, output, port, webSocketPort, log, tryConnect, connectAs, address, provision }
})
