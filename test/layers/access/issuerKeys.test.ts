import { mkdtempSync, rmSync, utimesSync, writeFileSync } from "node:fs"
import { createServer, type RequestListener } from "node:http"
import type { AddressInfo } from "node:net"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterEach, assert, describe, it, vi } from "@effect/vitest"
import { Effect } from "effect"
import { exportJWK, generateKeyPair, type JWK, SignJWT } from "jose"
import { issuerKeys } from "#layers/access/issuerKeys.ts"
import { tokenAuthenticator } from "#layers/access/tokenAuthenticator.ts"
import { testRules } from "#test/support/testIssuer.ts"

/** A key with its public part, and a token that it signed. */
const makeKey = async (kid: string) => {
  const { privateKey, publicKey } = await generateKeyPair("ES256")
  const jwk: JWK = { ...(await exportJWK(publicKey)), kid, alg: "ES256" }
  const token = await new SignJWT({ sub: "ann" })
    .setProtectedHeader({ alg: "ES256", typ: "at+jwt", kid })
    .setIssuer(testRules.issuer)
    .setAudience(testRules.audience)
    .setExpirationTime("1h")
    .sign(privateKey)
  return { jwk, token }
}

const first = await makeKey("first")
const second = await makeKey("second")

const checkerOf = (source: string) => {
  const { authenticate } = tokenAuthenticator(testRules, issuerKeys(source))
  return (token: string) =>
    Effect.match(authenticate(token), { onFailure: ({ _tag }) => _tag, onSuccess: ({ subject }) => subject })
}

const served = (listener: RequestListener) =>
  Effect.map(
    Effect.acquireRelease(
      Effect.callback<ReturnType<typeof createServer>>((resume) => {
        const server = createServer(listener).listen(0, "127.0.0.1", () => resume(Effect.succeed(server)))
      }),
      (server) => Effect.sync(() => server.close())
    ),
    (server) => `http://127.0.0.1:${(server.address() as AddressInfo).port}/keys`
  )

afterEach(() => void vi.useRealTimers())

describe("The keys of an issuer", () => {
  it.live("at an address are read again for a token with a new key, every 30 seconds at most", () =>
    Effect.gen(function* () {
      vi.useFakeTimers({ toFake: ["Date"] })
      let keys = [first.jwk]
      let requests = 0
      const check = checkerOf(
        yield* served((_, response) => {
          requests++
          response.end(JSON.stringify({ keys }))
        })
      )
      assert.strictEqual(yield* check(first.token), "ann")
      assert.strictEqual(yield* check(second.token), "InvalidToken")
      assert.strictEqual(yield* check(second.token), "InvalidToken")
      assert.strictEqual(requests, 1)
      keys = [second.jwk]
      vi.setSystemTime(Date.now() + 31_000)
      assert.strictEqual(yield* check(second.token), "ann")
      assert.strictEqual(requests, 2)
      // The first one was withdrawn, and its check is cached for a minute.
      vi.setSystemTime(Date.now() + 61_000)
      assert.strictEqual(yield* check(first.token), "InvalidToken")
    })
  )

  const unusable: Readonly<Record<string, RequestListener>> = {
    "a failure": (_, response) => response.writeHead(500).end(),
    "no JSON": (_, response) => response.end("<html>"),
    "no keys": (_, response) => response.end("{}"),
    "a redirect": (_, response) => response.writeHead(302, { location: "/elsewhere" }).end(),
    "too much": (_, response) => response.end(JSON.stringify({ keys: [first.jwk], filler: "x".repeat(300_000) })),
    "an answer that breaks off": (_, response) => {
      response.writeHead(200, { "content-length": "1000" }).write("{")
      response.destroy()
    }
  }
  for (const [name, listener] of Object.entries(unusable)) {
    it.live(`are not available after ${name}`, () =>
      Effect.gen(function* () {
        assert.strictEqual(yield* checkerOf(yield* served(listener))(first.token), "KeysUnavailable")
      })
    )
  }

  it.live("in a file are read again when it changes", () =>
    Effect.gen(function* () {
      const folder = yield* Effect.acquireRelease(
        Effect.sync(() => mkdtempSync(join(tmpdir(), "keys-"))),
        (path) => Effect.sync(() => rmSync(path, { recursive: true }))
      )
      const file = join(folder, "keys.json")
      const check = checkerOf(file)
      assert.strictEqual(yield* check(first.token), "KeysUnavailable")
      writeFileSync(file, JSON.stringify({ keys: [first.jwk] }))
      assert.strictEqual(yield* check(first.token), "ann")
      assert.strictEqual(yield* check(second.token), "InvalidToken")
      writeFileSync(file, JSON.stringify({ keys: [second.jwk] }))
      utimesSync(file, new Date(), new Date(Date.now() + 5_000))
      assert.strictEqual(yield* check(second.token), "ann")
    })
  )
})
