import * as EmbeddedServer from "#layers/nats/EmbeddedServer.ts"
import { findServer } from "#layers/nats/findServer.ts"
import * as NodeRuntime from "@effect/platform-node/NodeRuntime"
import { Console, Effect } from "effect"
import { mkdtempSync, rmSync } from "node:fs"
import { cpus, tmpdir } from "node:os"
import { join } from "node:path"
import { parseArgs } from "node:util"
import type { Ground, Measure, Sync } from "./Measure.ts"
import { measures } from "./measures/index.ts"
import { write } from "./results.ts"
import { run } from "./rounds.ts"
import * as Stores from "./stores.ts"
import { table } from "./table.ts"

const { values: flags, positionals: names } = parseArgs({
  allowPositionals: true,
  options: { quick: { type: "boolean", default: false }, list: { type: "boolean", default: false } }
})

const isOf = (name: string) => (measure: Measure<unknown>) =>
  measure.name === name || measure.name.startsWith(`${name}-`)

const unknown = names.filter((name) => !measures.some(isOf(name)))
// A smoke test has no time to install, and no use for others' speed.
const usual = measures.filter(({ name }) => !flags.quick || !name.startsWith("peers"))
const chosen = names.length === 0 ? usual : measures.filter((measure) => names.some((name) => isOf(name)(measure)))

const listed = () =>
  measures
    .map(({ name, title, against }) => `${name.padEnd(20)}${title}${against ? `, against ${against}` : ""}`)
    .join("\n")

const folder = Effect.acquireRelease(
  Effect.sync(() => mkdtempSync(join(tmpdir(), "bench-"))),
  (path) => Effect.sync(() => rmSync(path, { recursive: true, force: true, maxRetries: 5 }))
)

const serverWith =
  (binary: string, syncInterval: Sync): Ground["server"] =>
  (path) =>
    Effect.gen(function* () {
      const dataDir = path ?? (yield* folder)
      return yield* EmbeddedServer.start({ binary, dataDir, syncInterval })
    })

const bench = Effect.gen(function* () {
  const binary = yield* findServer()
  const stores = yield* Stores.make(folder, serverWith(binary, "2m"))
  const rows = (yield* Effect.forEach(chosen, (measure) =>
    Effect.forEach(flags.quick ? measure.syncs.slice(0, 1) : measure.syncs, (sync) =>
      run(measure, { sync, quick: flags.quick, server: serverWith(binary, sync), stores })
    )
  )).flat(2)
  const { version } = yield* Effect.scoped(serverWith(binary, "2m")())
  const about = `nats-server ${version}, Node ${process.versions.node}, ${cpus().length} × ${cpus()[0]?.model.trim() ?? "CPU"}`
  yield* Console.log(
    `\n${table(rows)}\n\n${about}${flags.quick ? "\nA quick run: that everything runs, not how fast." : ""}`
  )
  if (!flags.quick) write(rows, about)
  if (rows.some(({ note }) => note?.startsWith("failed"))) process.exitCode = 1
}).pipe(Effect.scoped)

if (flags.list) console.log(listed())
else if (unknown.length > 0) {
  console.error(`There is no measure named ${unknown.join(", ")}. There are:\n${listed()}`)
  process.exitCode = 1
} else
  NodeRuntime.runMain(bench, {
    teardown: (exit, onExit) => onExit(exit._tag === "Success" ? Number(process.exitCode ?? 0) : 1)
  })
