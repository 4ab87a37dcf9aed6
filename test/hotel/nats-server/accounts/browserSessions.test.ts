import { readFileSync } from "node:fs"
import { join } from "node:path"
import { assert, describe, it, vi } from "@effect/vitest"
import { type NatsConnection, nkeys, wsconnect } from "@nats-io/transport-node"
import { Effect } from "effect"
import { browserAccount } from "#nats-server/accounts/accountsConfig.ts"
import { keyFile } from "#nats-server/accounts/userKeys.ts"
import { accountsServer } from "#test/hotel/support/accountsServer.ts"
import { jwt } from "#test/support/natsSecurity.ts"

interface Request {
  readonly user_nkey: string
  readonly server_id: { readonly id: string }
  readonly client_info: { readonly type?: string }
  readonly connect_opts: { readonly auth_token?: string }
}

/** Admits whoever has the token "open", as a user who may subscribe to the rows of one view. */
const answerCallouts = (callout: NatsConnection, issuer: ReturnType<typeof nkeys.fromSeed>) => {
  const seen: Array<Request> = []
  callout.subscribe("$SYS.REQ.USER.AUTH", {
    callback: (_, message) => {
      const [, claims = ""] = message.string().split(".")
      const { nats: request } = JSON.parse(Buffer.from(claims, "base64url").toString()) as { readonly nats: Request }
      seen.push(request)
      const user = {
        type: "user",
        sub: { allow: ["ui.hotel.rooms-v1.>"] },
        pub: { deny: [">"] },
        subs: 2,
        data: -1,
        payload: -1
      }
      const answer =
        request.connect_opts.auth_token === "open"
          ? { jwt: jwt(issuer, request.user_nkey, user, browserAccount("north")) }
          : { error: "unknown token" }
      message.respond(
        jwt(
          issuer,
          request.user_nkey,
          { type: "authorization_response", ...answer } as { readonly type: string },
          request.server_id.id
        )
      )
    }
  })
  return seen
}

describe("A configuration for browser sessions", () => {
  it.live("asks the callout user about unknown clients, and nobody about the users that it names", () =>
    Effect.gen(function* () {
      const server = yield* accountsServer(["north"], { hasBrowserSessions: true })
      yield* server.provision("north")
      const callout = yield* server.connectAs("callout")
      const seed = readFileSync(join(server.folder, keyFile("issuer")), "utf8").trim()
      const seen = answerCallouts(callout, nkeys.fromSeed(new TextEncoder().encode(seed)))
      const open = (token: string) =>
        wsconnect({ servers: `ws://127.0.0.1:${server.webSocketPort}`, token, reconnect: false, timeout: 3_000 })
      yield* Effect.promise(async () => {
        await callout.flush()
        const session = await open("open")
        const rows: Array<string> = []
        session.subscribe("ui.hotel.rooms-v1.>", { callback: (_, message) => void rows.push(message.string()) })
        await session.flush()
        const denials: Array<string> = []
        session.subscribe("ui.hotel.booking-v1.>", { callback: (error) => void denials.push(String(error)) })
        await session.flush()
        assert.match(denials.join(), /Permissions Violation/u)
        const operations = await server.tryConnect("operations", "north")
        await operations.request("$KV.rooms-v1.1", "a row")
        await vi.waitFor(() => assert.isNotEmpty(rows))
        assert.deepStrictEqual(rows, ["a row"])
        await operations.close()
        await session.close()
        const refused = await open("wrong").then(
          () => "connected",
          (error: Error) => error.message
        )
        assert.match(refused, /Authorization Violation/iu)
      })
      assert.deepStrictEqual(
        seen.map(({ connect_opts }) => connect_opts.auth_token),
        ["open", "wrong"]
      )
      yield* server.connectAs("browser", "north")
      yield* server.connectAs("partner")
    }).pipe(Effect.scoped)
  )
})
