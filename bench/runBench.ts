import { mkdtempSync, rmSync } from "node:fs"
import { cpus, tmpdir } from "node:os"
import { join } from "node:path"
import { Console, Effect } from "effect"
import * as Program from "#app/program.ts"
import * as EmbeddedServer from "#nats-server/EmbeddedServer.ts"
import { resolveBinary } from "#nats-server/resolveBinary.ts"
import * as Stores from "./fixtures.ts"
import type { Environment, Measure, Sync } from "./Measure.ts"
import { measures } from "./measures/index.ts"
import { write } from "./results.ts"
import { run } from "./runMeasure.ts"
import { table } from "./table.ts"

const usage = `Usage: npm run bench -- [--quick] [--list] [measure ...]

Measures performance as a share of JetStream's own; all measures take most of an hour. A name also selects the measures
that begin with it. Writes bench/results.json and docs/bench.svg. See bench/README.md.

  --quick   a tiny version of everything but the peers, to test that it runs; writes nothing
  --list    list the measures`

const matchesName = (name: string) => (measure: Measure<unknown>) =>
  measure.name === name || measure.name.startsWith(`${name}-`)

/** The named measures; all if none is named. */
const selectMeasures = (names: ReadonlyArray<string>, isQuick: boolean) =>
  names.length > 0
    ? measures.filter((measure) => names.some((name) => matchesName(name)(measure)))
    : // A smoke test has no time to install the peers, and does not need them.
      measures.filter(({ name }) => !isQuick || !name.startsWith("peers"))

const listMeasures = () =>
  measures
    .map(({ name, title, against }) => `${name.padEnd(20)}${title}${against ? `, against ${against}` : ""}`)
    .join("\n")

const temporaryFolder = Effect.acquireRelease(
  Effect.sync(() => mkdtempSync(join(tmpdir(), "bench-"))),
  (path) => Effect.sync(() => rmSync(path, { recursive: true, force: true, maxRetries: 5 }))
)

const serverStarter =
  (binary: string, syncInterval: Sync): Environment["server"] =>
  (path) =>
    Effect.gen(function* () {
      const dataDir = path ?? (yield* temporaryFolder)
      return yield* EmbeddedServer.start({ binary, dataDir, syncInterval })
    })

const bench = Effect.fnUntraced(function* (names: ReadonlyArray<string>, isQuick: boolean) {
  const binary = yield* resolveBinary()
  const fixtures = yield* Stores.make(temporaryFolder, serverStarter(binary, "2m"))
  const rows = (yield* Effect.forEach(selectMeasures(names, isQuick), (measure) =>
    Effect.forEach(isQuick ? measure.syncs.slice(0, 1) : measure.syncs, (sync) =>
      run(measure, { sync, quick: isQuick, server: serverStarter(binary, sync), fixtures })
    )
  )).flat(2)
  const { version } = yield* Effect.scoped(serverStarter(binary, "2m")())
  const environmentNote = `nats-server ${version}, Node ${process.versions.node}, ${cpus().length} × ${cpus()[0]?.model.trim() ?? "CPU"}`
  yield* Console.log(
    `\n${table(rows)}\n\n${environmentNote}${isQuick ? "\nA quick run: it shows that everything runs, not how fast." : ""}`
  )
  if (!isQuick) write(rows, environmentNote)
  return rows.filter(({ note }) => note?.startsWith("failed")).length
}, Effect.scoped)

const main = Effect.gen(function* () {
  const { positionals: names, values: flags } = yield* Program.argumentsOf(usage, {
    allowPositionals: true,
    options: { quick: { type: "boolean", default: false }, list: { type: "boolean", default: false } }
  })
  if (flags.list) return yield* Console.log(listMeasures())
  const unknown = names.filter((name) => !measures.some(matchesName(name)))
  if (unknown.length > 0) {
    const reason = `There is no measure named ${unknown.join(", ")}. There are:\n${listMeasures()}`
    return yield* new Program.BadUsage({ reason, usage })
  }
  return yield* bench(names, flags.quick)
})

Program.run({ usage, main, onClosedOutput: "end" })
