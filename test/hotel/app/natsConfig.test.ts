import { execFile, spawnSync } from "node:child_process"
import { createPublicKey, X509Certificate } from "node:crypto"
import { existsSync, globSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { totalMaxBytes } from "#app/diskSpace.ts"
import { accountsOptions, readAccountsOptions } from "#app/tools/accountsOptions.ts"
import { hotelBooking } from "#features/hotel-booking/index.ts"
import { streamSpecs } from "#layers/nats/provision/streamSpecs.ts"
import { makeTestCertificates } from "#nats-server/accounts/testCertificates.ts"
import { serverBinary, temporaryFolder } from "#test/support/testServer.ts"

const tool = (args: ReadonlyArray<string>, name = "natsConfigTool") =>
  Effect.callback<{ readonly code: number; readonly output: string }>((resume) => {
    execFile(process.execPath, ["scripts/node.cjs", `src/app/tools/${name}.ts`, ...args], (error, out, err) =>
      resume(Effect.succeed({ code: Number(error?.code ?? 0), output: out + err }))
    )
  })

const defaults = Object.fromEntries(
  Object.entries(accountsOptions).flatMap(([name, option]) => ("default" in option ? [[name, option.default]] : []))
)
const read = (options: Readonly<Record<string, string | boolean>>) =>
  readAccountsOptions(hotelBooking, { ...defaults, ...options })
const web = { websocket: "127.0.0.1:8080", "allowed-origins": "https://hotel.example" }

describe("The options of nats-config", () => {
  const invalid: ReadonlyArray<readonly [reason: string, options: Readonly<Record<string, string | boolean>>]> = [
    ["Name the hotels, as in --hotels north,south", {}],
    [`"" is not a hotel's name`, { hotels: "" }],
    [`"a_b" is not a hotel's name: use up to 32 letters, digits and hyphens`, { hotels: "a_b" }],
    [`"-a" is not a hotel's name`, { hotels: "-a" }],
    [`"../a" is not a hotel's name`, { hotels: "../a" }],
    [`"North" is named twice`, { hotels: "north,North" }],
    ["--listen is reachable from other machines, and there is no TLS", { hotels: "a", listen: "0.0.0.0:4222" }],
    ["--listen is reachable from other machines", { hotels: "a", listen: "[::]:4222" }],
    ["--websocket is reachable from other machines", { hotels: "a", ...web, websocket: "0.0.0.0:8080" }],
    [`--listen is "4222"; write an address with a port`, { hotels: "a", listen: "4222" }],
    [`--host is "a b"; write a name or an IP address`, { hotels: "a", host: "a b" }],
    ["--websocket needs --allowed-origins", { hotels: "a", websocket: "127.0.0.1:8080" }],
    ["--allowed-origins needs --websocket", { hotels: "a", "allowed-origins": "https://hotel.example" }],
    [`"hotel.example" is not an origin`, { hotels: "a", ...web, "allowed-origins": "hotel.example" }],
    [`"https://hotel.example/" is not an origin`, { hotels: "a", ...web, "allowed-origins": "https://hotel.example/" }],
    ["--browser-sessions needs --websocket", { hotels: "a", "browser-sessions": true }],
    ["--browser-views needs --websocket", { hotels: "a", "browser-views": "Rooms" }],
    [`"Guests" is not a view of the board; it has Rooms`, { hotels: "a", ...web, "browser-views": "Guests" }],
    ["--tls-cert and --tls-key need each other", { hotels: "a", "tls-cert": "x" }],
    ["exclude each other", { hotels: "a", "test-certificates": true, "tls-ca": "x" }],
    [`--replicas is "2"; it must be 1, 3 or 5`, { hotels: "a", replicas: "2" }],
    [`--max-store is "much"; write a size such as 64GiB`, { hotels: "a", "max-store": "much" }],
    [`--max-connections is "0"; it must be a whole number`, { hotels: "a", "max-connections": "0" }]
  ]
  it.each(invalid)("are rejected: %s", (reason, options) => {
    assert.throws(() => read(options), reason)
  })

  it("may listen everywhere with TLS, and narrow what browsers read", () => {
    const output = read({
      hotels: "a, b-2",
      listen: "0.0.0.0:4222",
      "test-certificates": true,
      ...web,
      "browser-views": "Rooms",
      "max-store": "64GiB"
    })
    assert.deepInclude(output, { hotels: ["a", "b-2"], buckets: ["rooms-v1"], host: "localhost", maxStore: 2 ** 36 })
  })
})

describe("npm run nats-config", () => {
  const configurations: ReadonlyArray<readonly [what: string, args: string]> = [
    ["loopback", ""],
    ["TLS", "--test-certificates --listen 0.0.0.0:4222"],
    ["WebSocket", "--websocket 127.0.0.1:8080 --allowed-origins http://127.0.0.1:3000,https://hotel.example"],
    [
      "everything",
      "--test-certificates --websocket 0.0.0.0:8443 --allowed-origins https://hotel.example --browser-sessions " +
        "--browser-views Rooms --replicas 3 --max-store 100GiB --max-connections 10 --max-browsers 10 --host nats.hotel.example"
    ]
  ]
  it.live.each(configurations)(
    "writes what nats-server accepts: %s",
    ([, args]) =>
      Effect.gen(function* () {
        const folder = join(yield* temporaryFolder, "a folder's accounts")
        const done = yield* tool(["--hotels", "north,south-2", "--out", folder, ...args.split(" ").filter(Boolean)])
        assert.strictEqual(done.code, 0, done.output)
        const binary = yield* serverBinary
        const tested = spawnSync(binary, ["-t", "-c", join(folder, "nats.conf")], { encoding: "utf8" })
        assert.strictEqual(tested.status, 0, tested.stderr)
        assert.notInclude(readFileSync(join(folder, "accounts.conf"), "utf8"), "_INBOX.")
      }).pipe(Effect.scoped),
    60_000
  )

  it.live(
    "keeps seeds in files that only their owner reads, and prints none",
    () =>
      Effect.gen(function* () {
        const folder = join(yield* temporaryFolder, "accounts")
        const args = ["--hotels", "north", "--out", folder, "--websocket", "127.0.0.1:8080", "--allowed-origins"]
        const done = yield* tool([...args, "https://hotel.example", "--browser-sessions", "--test-certificates"])
        const files = globSync("**/*", { cwd: folder, withFileTypes: true }).filter((entry) => entry.isFile())
        const seeds = files.filter(({ name }) => name.endsWith(".nk"))
        assert.lengthOf(seeds, 7)
        for (const { name, parentPath } of [...seeds, { name: "server.key", parentPath: join(folder, "tls") }]) {
          if (process.platform !== "win32")
            assert.strictEqual(statSync(join(parentPath, name)).mode & 0o777, 0o600, name)
        }
        const others = files.filter(({ name }) => !name.endsWith(".nk") && !name.endsWith(".key"))
        const texts = [
          done.output,
          ...others.map(({ name, parentPath }) => readFileSync(join(parentPath, name), "utf8"))
        ]
        for (const text of texts) assert.notMatch(text, /\bS[UA][A-Z2-7]{56}\b/u)
        assert.strictEqual(readFileSync(join(folder, ".gitignore"), "utf8"), "*\n")
      }).pipe(Effect.scoped),
    60_000
  )

  it.live(
    "changes a folder only with --force, and keeps its keys; a removed key is made anew",
    () =>
      Effect.gen(function* () {
        const folder = join(yield* temporaryFolder, "accounts")
        const at = (file: string) => readFileSync(join(folder, file), "utf8")
        yield* tool(["--hotels", "north", "--out", folder, "--test-certificates"])
        const before = [at("hotels/north/service.nk"), at("server/partner.nk"), at("tls/server.pem")]
        const again = yield* tool(["--hotels", "north,south", "--out", folder])
        assert.strictEqual(again.code, 1)
        assert.include(again.output, "is not empty, and nothing was changed. Add --force")
        assert.isFalse(existsSync(join(folder, "hotels/south")))

        const forced = ["--hotels", "north,south", "--out", folder, "--test-certificates", "--force"]
        assert.strictEqual((yield* tool(forced)).code, 0)
        assert.deepStrictEqual([at("hotels/north/service.nk"), at("server/partner.nk"), at("tls/server.pem")], before)
        const [south, config] = [at("hotels/south/service.nk"), at("accounts.conf")]

        rmSync(join(folder, "hotels/north/service.nk"))
        assert.strictEqual((yield* tool(forced)).code, 0)
        assert.notStrictEqual(at("hotels/north/service.nk"), before[0])
        assert.strictEqual(at("hotels/south/service.nk"), south)
        const [old, now] = [config, at("accounts.conf")].map((text) => new Set(text.match(/\bU[A-Z2-7]{55}\b/gu)))
        assert.strictEqual(old!.difference(now!).size, 1)

        writeFileSync(join(folder, "hotels/north/service.nk"), "no seed")
        const broken = yield* tool(forced)
        assert.strictEqual(broken.code, 1)
        assert.include(broken.output, "service.nk holds no seed of the expected kind. Restore it, or remove it")
      }).pipe(Effect.scoped),
    60_000
  )

  it.live(
    "says why a folder cannot be written",
    () =>
      Effect.gen(function* () {
        const file = join(yield* temporaryFolder, "file")
        writeFileSync(file, "")
        const done = yield* tool(["--hotels", "north", "--out", join(file, "accounts")])
        assert.strictEqual(done.code, 1)
        assert.match(done.output, /cannot be written: .*Name another folder with --out\./u)
      }).pipe(Effect.scoped),
    60_000
  )

  it.live(
    "limits each hotel to what its streams may hold, and a second log for repairs",
    () =>
      Effect.gen(function* () {
        const folder = join(yield* temporaryFolder, "accounts")
        yield* tool(["--hotels", "north", "--out", folder, "--replicas", "3"])
        const [log] = streamSpecs(hotelBooking, 3)
        const bytes = 3 * (totalMaxBytes(hotelBooking) + log!.max_bytes!)
        const config = readFileSync(join(folder, "accounts.conf"), "utf8")
        assert.include(config, `max_store: ${bytes}, `)
        assert.include(config, `max_streams: ${streamSpecs(hotelBooking, 3).length + 1}, `)
        assert.include(readFileSync(join(folder, "hotels/north/service.env"), "utf8"), "NATS_REPLICAS='3'")
      }).pipe(Effect.scoped),
    60_000
  )
})

describe("npm run provision", () => {
  it.live("needs the address of a server", () =>
    Effect.gen(function* () {
      const done = yield* tool([], "provisionTool")
      assert.strictEqual(done.code, 1)
      assert.include(done.output, "NATS_URL is not set. Set it, and the credentials of an operations user")
    })
  )
})

describe("A test certificate", () => {
  it("is for its hosts, and signed by its authority", () => {
    const { ca, cert, key } = makeTestCertificates(["nats.hotel.example", "127.0.0.1", "::1", "fe80::1:2"])
    const [authority, server] = [new X509Certificate(ca), new X509Certificate(cert)]
    assert.isTrue(authority.ca)
    assert.isFalse(server.ca)
    assert.isTrue(authority.checkIssued(authority))
    assert.isTrue(server.checkIssued(authority))
    assert.isTrue(server.verify(createPublicKey(ca)))
    assert.isTrue(authority.verify(authority.publicKey))
    assert.isTrue(server.publicKey.equals(createPublicKey(key)))
    assert.strictEqual(server.checkHost("nats.hotel.example"), "nats.hotel.example")
    for (const ip of ["127.0.0.1", "::1", "fe80::1:2"]) assert.strictEqual(server.checkIP(ip), ip)
    assert.isUndefined(server.checkHost("other.example"))
  })
})
