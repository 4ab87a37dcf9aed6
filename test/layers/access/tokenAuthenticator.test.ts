import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { TestClock } from "effect/testing"
import { createLocalJWKSet, type JWTVerifyGetKey } from "jose"
import { tokenAuthenticator } from "#layers/access/tokenAuthenticator.ts"
import { testKeys, testRules, token } from "#test/support/testIssuer.ts"

const keys = createLocalJWKSet(testKeys)
const now = Effect.sync(() => Date.now())

describe("A token", () => {
  it.effect("says who calls, in which roles, with which claims and until when", () =>
    Effect.gen(function* () {
      yield* TestClock.setTime(yield* now)
      const text = yield* Effect.promise(() =>
        token({ roles: ["Guest"], claims: { client: 7, vip: true, name: "Ann", address: { city: "Bern" } } })
      )
      const { expiresAtMillis, roles, ...caller } = yield* tokenAuthenticator(testRules, keys).authenticate(text)
      assert.deepStrictEqual(caller, { subject: "ann", claims: { client: "7", vip: "true", name: "Ann" } })
      assert.deepStrictEqual([...roles], ["Guest"])
      assert.approximately(expiresAtMillis, Date.now() + 600_000, 2_000)
    })
  )

  const roleClaims: ReadonlyArray<readonly [string, Readonly<Record<string, unknown>>, ReadonlyArray<string>]> = [
    ["scope", { scope: "Guest Manager" }, ["Guest", "Manager"]],
    ["realm_access.roles", { realm_access: { roles: ["Guest"] } }, ["Guest"]],
    ["groups", {}, []],
    ["groups", { groups: 7 }, []],
    ["groups.of.nobody", { groups: null }, []]
  ]
  for (const [rolesClaim, claims, expected] of roleClaims) {
    it.effect(
      `with ${JSON.stringify(claims)} has the roles ${expected.join(", ") || "of nobody"} in ${rolesClaim}`,
      () =>
        Effect.gen(function* () {
          yield* TestClock.setTime(yield* now)
          const text = yield* Effect.promise(() => token({ claims }))
          const { authenticate } = tokenAuthenticator({ ...testRules, rolesClaim }, keys)
          assert.deepStrictEqual([...(yield* authenticate(text)).roles], expected)
        })
    )
  }

  it.effect("is checked once a minute, and never counts after it has expired", () =>
    Effect.gen(function* () {
      yield* TestClock.setTime(yield* now)
      let checks = 0
      const counted: JWTVerifyGetKey = (...header) => {
        checks++
        return keys(...header)
      }
      const { authenticate } = tokenAuthenticator(testRules, counted)
      const text = yield* Effect.promise(() => token({ expires: 90 }))
      yield* authenticate(text)
      yield* authenticate(text)
      assert.strictEqual(checks, 1)
      yield* TestClock.adjust("61 seconds")
      yield* authenticate(text)
      assert.strictEqual(checks, 2)
      // Within the minute for which it is cached.
      yield* TestClock.adjust("35 seconds")
      assert.strictEqual((yield* Effect.flip(authenticate(text)))._tag, "InvalidToken")
    })
  )

  it.effect("proves nothing while the keys cannot be loaded, which is no fault of the caller", () =>
    Effect.gen(function* () {
      yield* TestClock.setTime(yield* now)
      const { authenticate } = tokenAuthenticator(testRules, () => Promise.reject(new TypeError("fetch failed")))
      const error = yield* Effect.flip(authenticate(yield* Effect.promise(() => token())))
      assert.strictEqual(error._tag, "KeysUnavailable")
      assert.include(error.message, "fetch failed")
    })
  )
})
