import { mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { assert, describe, it } from "@effect/vitest"
import { ConfigProvider, Effect } from "effect"
import { authenticationOf } from "#app/accessSettings.ts"
import { settings } from "#app/settings.ts"
import { testKeys } from "#test/support/testIssuer.ts"

const folder = mkdtempSync(join(tmpdir(), "access-"))
const keys = join(folder, "keys.json")
writeFileSync(keys, JSON.stringify(testKeys))
process.once("exit", () => rmSync(folder, { recursive: true, force: true }))

const authenticationIn = (env: Readonly<Record<string, string>>) =>
  Effect.flatMap(settings, (all) => authenticationOf(all.access, { ...all, board: "hotel" })).pipe(
    Effect.provideService(
      ConfigProvider.ConfigProvider,
      ConfigProvider.fromEnv({ env: { DATA_DIR: folder, ...env }, preserveEmptyStrings: true })
    )
  )

const tokens = { AUTH: "tokens", AUTH_ISSUER: "https://id.test", AUTH_AUDIENCE: "hotel", AUTH_KEYS: keys }
const exposed = { HOST: "0.0.0.0" }

describe("Access", () => {
  it.effect("is open on loopback by default, and elsewhere only if that is said", () =>
    Effect.gen(function* () {
      for (const env of [{}, { HOST: "localhost" }, { HOST: "::1" }, { AUTH: "none" }, { ...exposed, AUTH: "none" }])
        assert.isUndefined(yield* authenticationIn(env))
      const { message } = yield* Effect.flip(authenticationIn(exposed))
      assert.match(
        message,
        /^HOST is 0\.0\.0\.0, which other machines can reach, and AUTH is not set\. Set AUTH=tokens/u
      )
    })
  )

  it.effect("is by tokens, of keys in a file or at an address", () =>
    Effect.gen(function* () {
      for (const AUTH_KEYS of [keys, "https://id.test/keys", "http://127.0.0.1:1234/keys"])
        assert.isDefined(yield* authenticationIn({ ...exposed, ...tokens, AUTH_KEYS }))
    })
  )

  it.effect("for development issues tokens itself, on loopback only", () =>
    Effect.gen(function* () {
      assert.property(yield* authenticationIn({ AUTH: "development" }), "sign")
      const { message } = yield* Effect.flip(authenticationIn({ ...exposed, AUTH: "development" }))
      assert.include(message, "AUTH=development gives everyone any role, so HOST has to be on loopback, not 0.0.0.0")
    })
  )

  const mistakes: ReadonlyArray<readonly [Readonly<Record<string, string>>, RegExp]> = [
    [{ AUTH: "tokens" }, /^AUTH=tokens needs AUTH_ISSUER, AUTH_AUDIENCE, and AUTH_KEYS: docs\/access\.md/u],
    [{ ...tokens, AUTH: "none" }, /^AUTH_ISSUER, AUTH_AUDIENCE, and AUTH_KEYS need AUTH=tokens/u],
    [{ AUTH_ROLES_CLAIM: "groups" }, /^AUTH_ROLES_CLAIM needs AUTH=tokens/u],
    [
      { ...tokens, AUTH_KEYS: "http://id.test/keys" },
      /^AUTH_KEYS is set to ".*Expected an address that begins with https/u
    ],
    [
      { ...tokens, AUTH_KEYS: "ftp://id.test/keys" },
      /^AUTH_KEYS is set to ".*Expected an address that begins with https/u
    ],
    [{ ...tokens, AUTH_KEYS: join(folder, "none.json") }, /^AUTH_KEYS is set to ".*or a file that exists/u],
    [
      { ...tokens, AUTH_ALGORITHMS: "ES256,HS256" },
      /^AUTH_ALGORITHMS is set to "ES256,HS256"\. Expected some of ES256/u
    ],
    [{ ...tokens, AUTH_ALGORITHMS: "none" }, /^AUTH_ALGORITHMS is set to "none"/u],
    [{ AUTH: "basic" }, /^AUTH is set to "basic"/u]
  ]
  for (const [env, expected] of mistakes) {
    it.effect(
      `is not chosen by ${Object.entries(env)
        .map((entry) => entry.join("="))
        .at(-1)}, which is a mistake: ${expected.source.slice(0, 60)}`,
      () =>
        Effect.gen(function* () {
          assert.match((yield* Effect.flip(authenticationIn(env))).message, expected)
        })
    )
  }
})
