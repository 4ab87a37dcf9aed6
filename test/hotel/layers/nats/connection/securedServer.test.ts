import { execFile } from "node:child_process"
import { rmSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { assert, describe, it } from "@effect/vitest"
import { nkeys } from "@nats-io/transport-node"
import { Effect, Schedule } from "effect"
import { makeRenewingAuthenticator, parseNkey } from "#layers/nats/connection/keyFiles.ts"
import { openConnection } from "#layers/nats/connection/Nats.ts"
import type { ServerAddress } from "#layers/nats/connection/serverAddress.ts"
import { authority, credsOf, hasOpenssl, operatorConfig, seedOf, tlsConfig } from "#test/support/natsSecurity.ts"
import { type NotStarted, startApp } from "#test/support/startApp.ts"
import { temporaryFolder, testServer } from "#test/support/testServer.ts"

const fast = { syncInterval: "2m" }

type Environment = Readonly<Record<string, string>>

/** Runs a tool of the project; returns its exit code and its output. */
const tool = (name: string, args: ReadonlyArray<string>, environment: Environment) =>
  Effect.callback<{ readonly code: number; readonly output: string }>((resume) => {
    const env = { ...process.env, ...environment }
    execFile(process.execPath, ["scripts/node.cjs", `src/app/tools/${name}.ts`, ...args], { env }, (error, out, err) =>
      resume(Effect.succeed({ code: Number(error?.code ?? 0), output: out + err }))
    )
  })

/** A secret in plain text, and as it is encoded in an address, a header or a configuration. */
const forms = (secret: string) => [
  secret,
  encodeURIComponent(secret),
  Buffer.from(secret).toString("base64").replace(/=+$/u, ""),
  JSON.stringify(secret).slice(1, -1)
]

const request = (url: string, options?: RequestInit) =>
  Effect.promise(async () => {
    const answer = await fetch(url, options)
    return { status: answer.status, text: await answer.text() }
  })

/** Sends a command, and reads everything that HTTP shows of the app's state. */
const useApp = Effect.fnUntraced(function* (url: string) {
  const headers = { "content-type": "application/json" }
  const body = JSON.stringify({ data: { room: { id: 1 } } })
  const added = yield* request(`${url}/mutation/add-room`, { method: "PUT", headers, body })
  assert.strictEqual(added.status, 201, added.text)
  const ready = yield* request(`${url}/health/ready`).pipe(
    Effect.repeat({ until: ({ status }) => status === 200, schedule: Schedule.spaced("50 millis") })
  )
  const others = ["/health/live", "/operations/parked", "/blueprint", "/openapi.json", "/facts", "/rooms"]
  const answers = yield* Effect.forEach(others, (path) => request(`${url}${path}`))
  return [added, ready, ...answers].map(({ text }) => text).join("\n")
})

/** Name, exit code, expected output, and arguments. */
type Tool = readonly [name: string, code: number, expected: string, ...args: ReadonlyArray<string>]

const allTools: ReadonlyArray<Tool> = [
  ["logTool", 0, "", "check"],
  ["backupTool", 0, "Hotel booking is in "],
  ["restoreTool", 1, "is restored only into empty streams"],
  ["voidTool", 1, "The board can read the event at", "1", "to see whether it connects"]
]

interface Secured {
  readonly config: string
  readonly environment: Environment
  /** Credentials of no user. */
  readonly wrong: Environment
  readonly secrets: ReadonlyArray<string>
  /** The scheme of the address. */
  readonly scheme?: string
}

const secretText = "p@ss:w/rd?#%é, $HOME"
const wrongText = "wr@ng:w/rd?#%é, $HOME"
const uri = encodeURIComponent

const passwordConfig = `authorization { user: ann, password: ${JSON.stringify(secretText)} }`

const methods: ReadonlyArray<readonly [what: string, secured: (folder: string) => Secured, tools?: typeof allTools]> = [
  [
    "user and password in NATS_URL",
    () => ({
      config: passwordConfig,
      environment: { NATS_URL: `nats://ann:${uri(secretText)}@` },
      wrong: { NATS_URL: `nats://ann:${uri(wrongText)}@` },
      secrets: [secretText, wrongText]
    })
  ],
  [
    "NATS_USER and NATS_PASSWORD",
    () => ({
      config: passwordConfig,
      environment: { NATS_USER: "ann", NATS_PASSWORD: secretText },
      wrong: { NATS_USER: "ann", NATS_PASSWORD: wrongText },
      secrets: [secretText, wrongText]
    })
  ],
  [
    "NATS_TOKEN",
    () => ({
      config: `authorization { token: ${JSON.stringify(secretText)} }`,
      environment: { NATS_TOKEN: secretText },
      wrong: { NATS_TOKEN: wrongText },
      secrets: [secretText, wrongText]
    })
  ],
  [
    "NATS_NKEY, a file or the seed",
    (folder) => {
      const [user, other] = [nkeys.createUser(), nkeys.createUser()]
      const file = join(folder, "user.nk")
      writeFileSync(file, `${seedOf(user)}\n`, { mode: 0o600 })
      return {
        config: `authorization { users: [ { nkey: ${user.getPublicKey()} } ] }`,
        environment: { NATS_NKEY: file },
        wrong: { NATS_NKEY: seedOf(other) },
        secrets: [seedOf(user), seedOf(other)]
      }
    }
  ],
  [
    "NATS_CREDS",
    (folder) => {
      const { config, creds, jwt, seed } = operatorConfig()
      const foreign = operatorConfig()
      const [file, wrong] = [join(folder, "app.creds"), join(folder, "wrong.creds")]
      // Some editors leave out the last line break, or write their own.
      writeFileSync(file, creds.trimEnd().replaceAll("\n", "\r\n"), { mode: 0o600 })
      writeFileSync(wrong, credsOf(jwt, foreign.seed), { mode: 0o600 })
      return {
        config,
        environment: { NATS_CREDS: file },
        wrong: { NATS_CREDS: wrong },
        secrets: [jwt, seed, foreign.seed]
      }
    },
    allTools
  ]
]

/** Runs the app and these tools, and asserts that no output contains a secret. */
const assertNoSecrets = Effect.fnUntraced(function* (secured: Secured, tools: ReadonlyArray<Tool> = []) {
  const { config, environment, scheme = "nats://", secrets, wrong } = secured
  const { port } = yield* testServer({ ...fast, extraConfig: config })
  const at = (chosen: Environment) => ({
    ...chosen,
    NATS_URL: `${chosen["NATS_URL"] ?? scheme}127.0.0.1:${port}`,
    LOG_LEVEL: "trace"
  })
  const app = yield* startApp(at(environment))
  const answers = yield* useApp(app.url)
  const file = join(yield* temporaryFolder, "hotel.backup")
  const outputs = yield* Effect.forEach(
    tools,
    Effect.fnUntraced(function* ([name, code, expected, ...args]) {
      const done = yield* tool(name, name === "backupTool" || name === "restoreTool" ? [file] : args, at(environment))
      assert.strictEqual(done.code, code, done.output)
      assert.include(done.output, expected)
      return done.output
    })
  )
  assert.notInclude(app.output(), "connection to NATS is down")

  const failed = (yield* startApp(at(wrong)).pipe(Effect.scoped, Effect.flip)) as NotStarted
  assert.strictEqual(failed.code, 1)
  assert.match(failed.output, new RegExp(`✗ NATS at (?:nats|tls)://127\\.0\\.0\\.1:${port} cannot be used: `, "u"))
  const texts = [app.output(), answers, ...outputs, failed.output]
  for (const secret of secrets.flatMap(forms)) for (const text of texts) assert.notInclude(text, secret)
  return { failure: failed.output, app: app.output() }
})

describe("A secured server", () => {
  it.live.each(methods)(
    "is used with %s, which no output or response repeats",
    ([, secured, tools]) =>
      Effect.gen(function* () {
        const { failure } = yield* assertNoSecrets(secured(yield* temporaryFolder), tools)
        assert.match(failure, /Authorization Violation/u)
        assert.match(failure, /set NATS_TOKEN, NATS_NKEY or NATS_CREDS/u)
      }).pipe(Effect.scoped),
    120_000
  )

  it.live.skipIf(!hasOpenssl)(
    "is used with TLS, a client certificate and a password (needs openssl)",
    () =>
      Effect.gen(function* () {
        const { ca, self, signed } = yield* authority
        const [server, client, stranger] = [
          signed("server", "IP:127.0.0.1"),
          signed("client", "DNS:client"),
          self("stranger")
        ]
        const password = { NATS_USER: "ann", NATS_PASSWORD: secretText }
        const { app, failure } = yield* assertNoSecrets(
          {
            config: `${passwordConfig}\n${tlsConfig(server, ca, "verify: true")}`,
            environment: { ...password, NATS_CA: ca, NATS_CERT: client.cert, NATS_KEY: client.key },
            wrong: { ...password, NATS_CA: ca, NATS_CERT: stranger.cert, NATS_KEY: stranger.key },
            secrets: [secretText],
            scheme: "tls://"
          },
          allTools
        )
        assert.match(app, /^ {2}NATS +tls:\/\/127\.0\.0\.1:\d+$/mu)
        assert.include(failure, "set NATS_CERT and NATS_KEY to one that its authority signed")
      }).pipe(Effect.scoped),
    120_000
  )

  it.effect("receives the keys that the files contain now, or contained when they could last be read", () =>
    Effect.gen(function* () {
      const file = join(yield* temporaryFolder, "user.nk")
      const [one, two] = [nkeys.createUser(), nkeys.createUser()]
      writeFileSync(file, seedOf(one))
      const authenticator = makeRenewingAuthenticator(file, parseNkey)!
      const key = () => (authenticator("nonce") as { readonly nkey: string }).nkey
      assert.strictEqual(key(), one.getPublicKey())
      writeFileSync(file, seedOf(two))
      assert.strictEqual(key(), two.getPublicKey())
      writeFileSync(file, "just being written")
      assert.strictEqual(key(), two.getPublicKey())
      rmSync(file)
      assert.strictEqual(key(), two.getPublicKey())
    }).pipe(Effect.scoped)
  )
})

describe("tls://", () => {
  const connectTo = (address: ServerAddress) => Effect.asVoid(openConnection(address))
  const failureMessage = (address: ServerAddress) =>
    Effect.map(Effect.flip(connectTo(address)), ({ message }) => message)

  it.live("fails on a server without TLS, before anything is sent to it", () =>
    Effect.gen(function* () {
      const { port } = yield* testServer(fast)
      const message = yield* failureMessage({ servers: `tls://127.0.0.1:${port}` })
      assert.include(message, `NATS at tls://127.0.0.1:${port} cannot be used: it offers no TLS`)
      assert.include(message, "nats:// in NATS_URL")
      assert.include(yield* failureMessage({ servers: `127.0.0.1:${port}`, tls: {} }), "it offers no TLS")
      const first = yield* failureMessage({ servers: `tls://127.0.0.1:${port}`, tls: { first: true } })
      assert.include(first, "it does not begin with TLS, as NATS_TLS_FIRST requires. Leave NATS_TLS_FIRST out")
    }).pipe(Effect.scoped)
  )

  it.live.skipIf(!hasOpenssl)(
    "accepts only a certificate of a known authority for the dialled name or address (needs openssl)",
    () =>
      Effect.gen(function* () {
        const { ca, signed } = yield* authority
        const certified = (name: string, names: string) =>
          testServer({ ...fast, extraConfig: tlsConfig(signed(name, names), ca) })
        const address = yield* certified("address", "IP:127.0.0.1")
        const name = yield* certified("name", "DNS:localhost")
        const at = (host: string, { port }: { readonly port: number }) => ({ servers: `tls://${host}:${port}` })

        yield* connectTo({ ...at("127.0.0.1", address), tls: { ca } })
        yield* connectTo({ ...at("localhost", name), tls: { ca } })
        const unknown = yield* failureMessage(at("127.0.0.1", address))
        assert.include(unknown, "signed by an authority that is not trusted here. Set NATS_CA to the PEM file")
        for (const other of [at("127.0.0.1", name), at("localhost", address)]) {
          const message = yield* failureMessage({ ...other, tls: { ca } })
          assert.include(
            message,
            "its certificate is for another name or address. Name it in NATS_URL as its certificate"
          )
        }
      }).pipe(Effect.scoped)
  )

  it.live.skipIf(!hasOpenssl)("may come first, before the server's greeting (needs openssl)", () =>
    Effect.gen(function* () {
      const { ca, signed } = yield* authority
      const extraConfig = tlsConfig(signed("server", "IP:127.0.0.1"), ca, "handshake_first: true")
      const { port } = yield* testServer({ ...fast, extraConfig })
      const address = { servers: `tls://127.0.0.1:${port}`, tls: { ca } }
      yield* connectTo({ ...address, tls: { ca, first: true } })
      assert.include(
        yield* failureMessage(address),
        "If it expects TLS first (handshake_first), set NATS_TLS_FIRST=true"
      )
    }).pipe(Effect.scoped)
  )
})
