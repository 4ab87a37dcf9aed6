import { mkdirSync, mkdtempSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join, resolve } from "node:path"
import { Console, Effect } from "effect"
import { argumentsOf, BadUsage, run as runProgram } from "#app/program.ts"
import { resolveBinary } from "#nats-server/resolveBinary.ts"
import { allViolations } from "./checker/index.ts"
import { faults } from "./faults/index.ts"
import { boardLoads } from "./load/boardLoads.ts"
import { type Plan, defaultPlan } from "./Plan.ts"
import { formatReport } from "./report.ts"
import { run } from "./runPlan.ts"

const usage = `Usage: npm run chaos -- [--board B] [--seed N] [--minutes M] [--nodes 1|3] [--rate R]
                        [--workers W] [--pause A-B] [--haste H] [--sync S] [--only FAULT …] [--folder F]

Injects random faults into servers and apps under load, and exits with 1 if an invariant is violated. See chaos/README.md.

  --board    the board that runs: ${Object.keys(boardLoads).join(" or ")} (default: that of BOARD, or ${defaultPlan.board})
  --seed     determines faults and commands; any whole number (default: a random one)
  --minutes  how long faults are injected (default 2)
  --nodes    one nats-server, or a cluster of three (default 3)
  --rate     target of commands per second (default ${defaultPlan.rate})
  --workers  concurrent clients (default ${defaultPlan.workers})
  --pause    range of seconds between two faults of servers, and two of apps (default ${defaultPlan.pause.join("-")})
  --haste    fraction of its usual duration that each fault lasts (default ${defaultPlan.haste})
  --sync     sync_interval of the servers, such as 2m (default ${defaultPlan.sync})
  --only     only this fault; may be given more than once
  --folder   folder for servers, logs and the history (default: a temporary folder, which is kept)
  --list     list the faults`

const options = {
  board: { type: "string" },
  seed: { type: "string" },
  minutes: { type: "string", default: "2" },
  nodes: { type: "string", default: "3" },
  rate: { type: "string", default: String(defaultPlan.rate) },
  workers: { type: "string", default: String(defaultPlan.workers) },
  pause: { type: "string", default: defaultPlan.pause.join("-") },
  haste: { type: "string", default: String(defaultPlan.haste) },
  sync: { type: "string", default: defaultPlan.sync },
  only: { type: "string", multiple: true },
  folder: { type: "string" },
  list: { type: "boolean", default: false }
} as const

type Flags = Effect.Success<ReturnType<typeof parseFlags>>
const parseFlags = () => Effect.map(argumentsOf(usage, { options }), ({ values }) => values)

const listFaults = () => faults.map(({ name, title }) => `${name.padEnd(32)}${title}`).join("\n")

/** The plan that the flags describe, or the error in them. */
const parsePlan = (flags: Flags): Plan | string => {
  const unknown = (flags.only ?? []).filter((only) => !faults.some(({ name }) => name === only))
  if (unknown.length > 0) return `There is no fault named ${unknown.join(", ")}. There are:\n${listFaults()}`
  const board = flags.board ?? process.env["BOARD"] ?? defaultPlan.board
  if (!Object.hasOwn(boardLoads, board))
    return `There is no load for the board "${board}": choose ${Object.keys(boardLoads).join(" or ")}`
  const seed = Number(flags.seed ?? Math.floor(Math.random() * 1e9))
  if (!Number.isSafeInteger(seed)) return "--seed must be a whole number"
  const [minutes, rate, workers, haste] = [flags.minutes, flags.rate, flags.workers, flags.haste].map(Number)
  if (!(minutes! > 0 && rate! > 0 && workers! > 0 && haste! > 0)) {
    return "--minutes, --rate, --workers and --haste must be numbers above 0"
  }
  const nodes = Number(flags.nodes)
  if (nodes !== 1 && nodes !== 3) return "--nodes must be 1 or 3"
  const { only, sync } = flags
  if (!/^(always|\d+(ms|[smh]))$/u.test(sync)) return "--sync must be always, or a duration such as 2m"
  const [min = Number.NaN, max = min] = flags.pause.split("-").map(Number)
  if (!(min >= 0 && max >= min)) return "--pause must be a range of seconds, such as 1-4"
  return {
    ...defaultPlan,
    board,
    seed,
    minutes: minutes!,
    nodes,
    rate: rate!,
    workers: workers!,
    pause: [min, max],
    haste: haste!,
    sync,
    only
  }
}

const folderOf = ({ folder }: Flags) => {
  if (folder === undefined) return mkdtempSync(join(tmpdir(), "chaos-"))
  mkdirSync(folder, { recursive: true })
  return resolve(folder)
}

const main = Effect.gen(function* () {
  const flags = yield* parseFlags()
  if (flags.list) return yield* Console.log(listFaults())
  const plan = parsePlan(flags)
  if (typeof plan === "string") return yield* new BadUsage({ reason: plan, usage })
  const binary = yield* resolveBinary()
  const report = yield* run(plan, { binary, folder: folderOf(flags), log: (line) => console.error(line) })
  const text = formatReport(report)
  writeFileSync(join(report.folder, "report.txt"), `${text}\n`)
  yield* Console.log(text)
  return allViolations(report.verdicts).length
})

runProgram({ usage, main, onClosedOutput: "end" })
