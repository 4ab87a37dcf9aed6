import { mkdirSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { inspect } from "node:util"
import { assert, describe, it } from "@effect/vitest"
import { nkeys } from "@nats-io/transport-node"
import { ConfigProvider, Effect, Option } from "effect"
import { settings } from "#app/settings.ts"
import { authority, credsOf, hasOpenssl, seedOf } from "#test/support/natsSecurity.ts"
import { temporaryFolder } from "#test/support/testServer.ts"

const load = (environment: Readonly<Record<string, string>>) =>
  settings.pipe(
    Effect.provideService(ConfigProvider.ConfigProvider, ConfigProvider.fromEnv({ env: { ...environment } }))
  )

const rejection = (environment: Readonly<Record<string, string>>) =>
  Effect.map(Effect.flip(load(environment)), ({ message }) => message)

const NATS_URL = "nats://127.0.0.1:4222"
const seed = seedOf(nkeys.createUser())

describe("NATS_URL", () => {
  const invalid: ReadonlyArray<readonly [what: string, url: string, reason: string]> = [
    ["a comma at the end", "nats://a:4222,", "address 2 of 2 is empty"],
    ["an empty entry", "nats://a:4222,,nats://b:4222", "address 2 of 3 is empty"],
    ["only spaces", "   ", "the address is empty"],
    ["a space within", "nats://a :4222", "the address is not of the form nats://"],
    ["another scheme", "http://127.0.0.1:4222", "the address begins with neither nats:// nor tls://"],
    ["WebSockets", "nats://a,ws://b:80", "address 2 of 2 begins with neither nats:// nor tls://"],
    ["a port that is a word", "nats://a:four", "the address has a port that is no number from 1 to 65535"],
    ["a port that is too large", "nats://a:65536", "the address has a port that is no number from 1 to 65535"],
    ["port 0", "nats://a:0", "the address has a port that is no number from 1 to 65535"],
    ["no host", "nats://", "the address is not of the form nats://"],
    ["a path", "nats://a:4222/hotel", "the address is not of the form nats://"],
    ["a password with a slash", "nats://u:se/cret@a:4222", "percent-encoded (@ is %40"],
    ["a password with an @", "nats://u:se@cret@a:4222", "percent-encoded (@ is %40"],
    ["a password with a comma", "nats://u:se,cret@a:4222", "address 1 of 2 has a port that is no number"],
    ["a password without a host", "nats://user:secret", "the address has a port that is no number"],
    ["a token like an address", "http://secret@a:4222", "the address begins with neither"],
    ["different users", "nats://u:secret@a,nats://v:secret@b", "its addresses name different users"]
  ]
  it.effect.each(invalid)("with %s is rejected with a message that repeats nothing of it", ([, url, reason]) =>
    Effect.gen(function* () {
      const message = yield* rejection({ NATS_URL: url })
      assert.match(message, /^NATS_URL cannot be used: .*\.$/u)
      assert.include(message, reason)
      for (const part of ["cret", "u:", "four", "hotel", "65536"]) assert.notInclude(message.slice(8), part)
    })
  )

  const valid: ReadonlyArray<readonly [url: string, servers: string]> = [
    ["127.0.0.1", "127.0.0.1"],
    [" nats://a:4222 , b:1 ", "nats://a:4222,b:1"],
    ["nats://a:4222/", "nats://a:4222"],
    ["TLS://Nats.Example.org", "tls://Nats.Example.org"],
    ["tls://[::1]:4222", "tls://[::1]:4222"],
    ["nats://u:p%2F%40@a_b:1", "nats://a_b:1"]
  ]
  it.effect.each(valid)("may be %s", ([url, servers]) =>
    Effect.map(load({ NATS_URL: url }), ({ nats }) => assert.strictEqual(Option.getOrThrow(nats).servers, servers))
  )
})

describe("The settings of NATS", () => {
  const invalid: ReadonlyArray<readonly [reason: string, environment: Readonly<Record<string, string>>]> = [
    ["NATS_USER and NATS_PASSWORD are set without NATS_URL", { NATS_USER: "hidden", NATS_PASSWORD: "hidden" }],
    ["NATS_TOKEN is set without NATS_URL", { NATS_TOKEN: "hidden" }],
    ["NATS_CA is set without NATS_URL", { NATS_CA: "/hidden" }],
    ["NATS_TLS_FIRST is set without NATS_URL", { NATS_TLS_FIRST: "true" }],
    ["NATS_USER and NATS_PASSWORD need each other", { NATS_URL, NATS_USER: "hidden" }],
    ["NATS_USER and NATS_PASSWORD need each other", { NATS_URL, NATS_PASSWORD: "hidden" }],
    ["NATS_URL and NATS_TOKEN name credentials", { NATS_URL: "nats://hidden@a", NATS_TOKEN: "hidden" }],
    [
      "NATS_USER with NATS_PASSWORD, NATS_NKEY, and NATS_CREDS name credentials",
      { NATS_URL, NATS_USER: "hidden", NATS_PASSWORD: "hidden", NATS_NKEY: "/hidden", NATS_CREDS: "/hidden" }
    ],
    ["NATS_CERT and NATS_KEY need each other", { NATS_URL, NATS_CERT: "/hidden" }],
    ["NATS_CERT and NATS_KEY need each other", { NATS_URL, NATS_KEY: "/hidden" }],
    ["The file that NATS_NKEY names cannot be read: there is no such file", { NATS_URL, NATS_NKEY: "/hidden" }],
    ["The file that NATS_NKEY names cannot be read", { NATS_URL, NATS_NKEY: `${seed.slice(0, -1)}1` }],
    ["The file that NATS_CREDS names cannot be read: there is no such file", { NATS_URL, NATS_CREDS: "/hidden" }],
    ["The file that NATS_CREDS names cannot be read", { NATS_URL, NATS_CREDS: credsOf("eyJhidden.hidden.x", seed) }],
    ["The file that NATS_CA names cannot be read: there is no such file", { NATS_URL, NATS_CA: "/hidden" }],
    [`NATS_TLS_FIRST is set to "maybe"`, { NATS_URL, NATS_TLS_FIRST: "maybe" }]
  ]
  it.effect.each(invalid)("%s: the message says so, and repeats no value", ([reason, environment]) =>
    Effect.gen(function* () {
      const message = yield* rejection(environment)
      assert.include(message, reason)
      assert.notInclude(message, "hidden")
      assert.notInclude(message, seed.slice(0, 20))
    })
  )

  it.effect("may have inboxes begin with a prefix of their own, which is no secret", () =>
    Effect.gen(function* () {
      const { nats } = yield* load({ NATS_URL, NATS_INBOX_PREFIX: "_INBOX_service" })
      assert.strictEqual(Option.getOrThrow(nats).inboxPrefix, "_INBOX_service")
      for (const prefix of ["a.*", ">", "a..b", ".a", "a b"]) {
        const message = yield* rejection({ NATS_URL, NATS_INBOX_PREFIX: prefix })
        assert.include(message, `NATS_INBOX_PREFIX is set to "${prefix}". Expected letters, digits, _ and -`)
      }
    })
  )

  it.effect("that are empty count as unset", () =>
    Effect.gen(function* () {
      const { nats } = yield* load({ NATS_URL: "", NATS_USER: "", NATS_CREDS: "", NATS_TLS_FIRST: "" })
      assert.isTrue(Option.isNone(nats))
    })
  )

  it.effect("that name files with the wrong content are rejected by name", () =>
    Effect.gen(function* () {
      const folder = yield* temporaryFolder
      const file = join(folder, "file")
      writeFileSync(file, "nothing of use")
      mkdirSync(join(folder, "folder"))
      assert.include(yield* rejection({ NATS_URL, NATS_NKEY: file }), "NATS_NKEY names holds no seed of a user")
      assert.include(yield* rejection({ NATS_URL, NATS_CREDS: file }), "NATS_CREDS names holds no JWT with a seed")
      assert.include(yield* rejection({ NATS_URL, NATS_CA: file }), "NATS_CA names holds no certificate in PEM form")
      assert.include(yield* rejection({ NATS_URL, NATS_CA: folder }), "NATS_CA names cannot be read: it is a folder")
      const pair = { NATS_CERT: file, NATS_KEY: file }
      assert.include(yield* rejection({ NATS_URL, ...pair }), "NATS_CERT names holds no certificate in PEM form")
      writeFileSync(file, seed)
      assert.include(yield* rejection({ NATS_URL, NATS_CREDS: file }), "NATS_CREDS names holds no JWT with a seed")
      writeFileSync(file, `  ${seed}\r\n`)
      assert.isTrue(Option.isSome((yield* load({ NATS_URL, NATS_NKEY: file })).nats))
    }).pipe(Effect.scoped)
  )

  it.effect.skipIf(!hasOpenssl)("a certificate and the key of another are rejected", () =>
    Effect.gen(function* () {
      const { ca, self } = yield* authority
      const [one, two] = [self("one"), self("two")]
      const named = { NATS_URL, NATS_CA: ca, NATS_CERT: one.cert }
      const message = yield* rejection({ ...named, NATS_KEY: two.key })
      assert.strictEqual(message, "NATS_KEY is not the key of the certificate in NATS_CERT.")
      assert.include(
        yield* rejection({ ...named, NATS_KEY: one.cert }),
        "NATS_KEY names holds no private key in PEM form"
      )
      const { nats } = yield* load({ ...named, NATS_KEY: one.key })
      assert.deepStrictEqual(Option.getOrThrow(nats).tls, { ca, cert: one.cert, key: one.key, first: false })
    }).pipe(Effect.scoped)
  )

  it.effect("never print a secret", () =>
    Effect.gen(function* () {
      const ways: ReadonlyArray<Readonly<Record<string, string>>> = [
        { NATS_URL: "nats://ann:opensesame@a" },
        { NATS_URL: "nats://opensesame@a" },
        { NATS_URL, NATS_USER: "ann", NATS_PASSWORD: "opensesame" },
        { NATS_URL, NATS_TOKEN: "opensesame" },
        { NATS_URL, NATS_NKEY: seed }
      ]
      for (const way of ways) {
        const all = yield* load(way)
        assert.isDefined(Option.getOrThrow(all.nats).credentials)
        for (const text of [inspect(all, { depth: 9, showHidden: true }), JSON.stringify(all), String(all)]) {
          assert.notInclude(text, "opensesame")
          assert.notInclude(text, seed)
        }
      }
    })
  )
})
