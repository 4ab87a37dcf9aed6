import { spawn, spawnSync } from "node:child_process"
import { once } from "node:events"
import { copyFileSync, existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { temporaryFolder } from "#test/support/testServer.ts"

const guard = fileURLToPath(new URL("../../scripts/node.cjs", import.meta.url))

const setUp = (entry: string) =>
  Effect.map(temporaryFolder, (folder) => {
    const file = join(folder, "an entry.ts")
    writeFileSync(file, entry)
    return { folder, file }
  })

/** A copy of the launcher in its own folder, without the optional package of Node. */
const guardAlone = (folder: string) => {
  mkdirSync(join(folder, "scripts"))
  const copy = join(folder, "scripts", "node.cjs")
  copyFileSync(guard, copy)
  return copy
}

/** Runs the launcher in a Node that reports `version`. */
const runAs = (version: string, folder: string, ...args: ReadonlyArray<string>) => {
  const preload = join(folder, "preload.cjs")
  writeFileSync(
    preload,
    `Object.defineProperty(process, "versions", { value: Object.assign({}, process.versions, { node: "${version}" }) })`
  )
  return spawnSync(process.execPath, ["--require", preload, ...args], { encoding: "utf8" })
}

const packaged = fileURLToPath(
  new URL(`../../node_modules/node-${process.platform}-${process.arch}/bin/node`, import.meta.url)
)

describe("scripts/node.cjs", () => {
  it.live.each(["0.12.18", "12.22.12", "20.20.2", "21.99.0", "22.18.0"])("rejects Node %s in one sentence", (version) =>
    Effect.gen(function* () {
      const { file, folder } = yield* setUp("console.log('ran')")
      const { status, stderr, stdout } = runAs(version, folder, guardAlone(folder), file)
      assert.strictEqual(status, 1)
      assert.strictEqual(stdout, "")
      assert.match(stderr, /^[^\n]+\.\n$/)
      for (const part of [version, "22.19", "npm ci", "--omit=optional", "npm start", "Node 24"]) {
        assert.include(stderr, part)
      }
    }).pipe(Effect.scoped)
  )

  it.live.each(["22.19.0", "22.20.0", "24.0.0", "24.21.0", "30.1.0"])("runs with Node %s", (version) =>
    Effect.gen(function* () {
      const { file, folder } = yield* setUp("console.log('ran')")
      const { status, stderr, stdout } = runAs(version, folder, guardAlone(folder), file)
      assert.deepStrictEqual({ status, stderr, stdout }, { status: 0, stderr: "", stdout: "ran\n" })
    }).pipe(Effect.scoped)
  )

  it.live.skipIf(!existsSync(packaged))("runs the Node of the optional package if this one is too old", () =>
    Effect.gen(function* () {
      const { file, folder } = yield* setUp("console.log(process.execPath, process.argv[2]); process.exitCode = 7")
      const { status, stderr, stdout } = runAs("20.20.2", folder, guard, file, "an argument")
      assert.deepStrictEqual({ status, stderr, stdout }, { status: 7, stderr: "", stdout: `${packaged} an argument\n` })
    }).pipe(Effect.scoped)
  )

  it("has only syntax that very old Nodes can parse", () => {
    assert.notMatch(readFileSync(guard, "utf8"), /=>|\?\.|\?\?|^\s*(const|let|class|async|import)\b/m)
  })

  it.live("passes the entry its own path and arguments, and keeps its exit code", () =>
    Effect.gen(function* () {
      const { file } = yield* setUp(`const seen: string = JSON.stringify(process.argv.slice(1))
await Promise.resolve()
console.log(seen)
process.exitCode = 7`)
      const { status, stdout } = spawnSync(process.execPath, [guard, file, "--flag", "a b"], { encoding: "utf8" })
      assert.deepStrictEqual(JSON.parse(stdout), [file, "--flag", "a b"])
      assert.strictEqual(status, 7)
    }).pipe(Effect.scoped)
  )

  it.live("fails when the entry does", () =>
    Effect.gen(function* () {
      const { file, folder } = yield* setUp("throw new Error('broken entry')")
      const broken = spawnSync(process.execPath, [guard, file], { encoding: "utf8" })
      assert.strictEqual(broken.status, 1)
      assert.include(broken.stderr, "broken entry")
      assert.strictEqual(spawnSync(process.execPath, [guard, join(folder, "none.ts")]).status, 1)
    }).pipe(Effect.scoped)
  )

  for (const args of [[], ["--watch"]]) {
    it.live.skipIf(process.platform === "win32")(`forwards a signal, ${args[0] ?? "unwatched"}`, () =>
      Effect.gen(function* () {
        const { file } = yield* setUp(`setInterval(() => {}, 1000)
process.once("SIGTERM", () => {
  console.log("signalled")
  process.exit(0)
})
console.log("up")`)
        const child = spawn(process.execPath, [guard, ...args, file], { stdio: ["ignore", "pipe", "inherit"] })
        let text = ""
        child.stdout.setEncoding("utf8").on("data", (part: string) => {
          if (!text.includes("up") && part.includes("up")) child.kill("SIGTERM")
          text += part
        })
        const [code] = yield* Effect.promise(() => once(child, "close"))
        assert.strictEqual(code, 0)
        assert.include(text, "signalled")
      }).pipe(Effect.scoped)
    )
  }
})
