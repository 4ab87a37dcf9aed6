import { findServer } from "#layers/nats/findServer.ts"
import * as NodeRuntime from "@effect/platform-node/NodeRuntime"
import { Console, Effect } from "effect"
import { mkdirSync, mkdtempSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join, resolve } from "node:path"
import { parseArgs } from "node:util"
import { run } from "./chaos.ts"
import { violationsIn } from "./checker/index.ts"
import { faults } from "./faults/index.ts"
import { type Plan, usual } from "./Plan.ts"
import { tell } from "./report.ts"

const help = `npm run chaos -- [--seed N] [--minutes M] [--nodes 1|3] [--rate R] [--workers W]
                   [--pause A-B] [--haste H] [--sync S] [--only FAULT …] [--folder F]

  --seed     which faults come when, and what is asked; any whole number (default: a new one)
  --minutes  how long things break (default 2)
  --nodes    one nats-server, or a cluster of three (default 3)
  --rate     commands a second, as far as they come (default ${usual.rate})
  --workers  people who ask at once (default ${usual.workers})
  --pause    seconds between two faults of servers, and two of apps (default ${usual.pause.join("-")})
  --haste    part of its usual time that each fault lasts (default ${usual.haste})
  --sync     how often the servers force their stores to disk, as 2m (default ${usual.sync})
  --only     only this fault; may be given more than once
  --folder   where servers, logs and the history are kept (default: a temporary folder, which stays)
  --list     the faults there are`

const { values: flags } = parseArgs({
  options: {
    seed: { type: "string" },
    minutes: { type: "string", default: "2" },
    nodes: { type: "string", default: "3" },
    rate: { type: "string", default: String(usual.rate) },
    workers: { type: "string", default: String(usual.workers) },
    pause: { type: "string", default: usual.pause.join("-") },
    haste: { type: "string", default: String(usual.haste) },
    sync: { type: "string", default: usual.sync },
    only: { type: "string", multiple: true },
    folder: { type: "string" },
    list: { type: "boolean", default: false },
    help: { type: "boolean", default: false }
  }
})

const seed = Number(flags.seed ?? Math.floor(Math.random() * 1e9))
const { haste, minutes, nodes, rate, workers } = Object.fromEntries(
  (["haste", "minutes", "nodes", "rate", "workers"] as const).map((name) => [name, Number(flags[name])])
) as Record<"haste" | "minutes" | "nodes" | "rate" | "workers", number>
const { sync } = flags
const [least = Number.NaN, most = least] = flags.pause.split("-").map(Number)
const unknown = (flags.only ?? []).filter((only) => !faults.some(({ name }) => name === only))

const listed = () => faults.map(({ name, title }) => `${name.padEnd(32)}${title}`).join("\n")

const wrong =
  unknown.length > 0
    ? `There is no fault named ${unknown.join(", ")}. There are:\n${listed()}`
    : !(
          Number.isSafeInteger(seed) &&
          minutes > 0 &&
          rate > 0 &&
          workers > 0 &&
          haste > 0 &&
          /^(always|\d+(ms|[smh]))$/u.test(sync) &&
          least >= 0 &&
          most >= least &&
          (nodes === 1 || nodes === 3)
        )
      ? help
      : undefined

const folder = () => {
  if (flags.folder === undefined) return mkdtempSync(join(tmpdir(), "chaos-"))
  mkdirSync(flags.folder, { recursive: true })
  return resolve(flags.folder)
}

const chaos = Effect.gen(function* () {
  const plan: Plan = {
    ...usual,
    seed,
    minutes,
    nodes: nodes as 1 | 3,
    rate,
    workers,
    pause: [least, most],
    haste,
    sync,
    only: flags.only
  }
  const report = yield* run(plan, { binary: yield* findServer(), folder: folder(), say: (line) => console.error(line) })
  const text = tell(report)
  writeFileSync(join(report.folder, "report.txt"), `${text}\n`)
  yield* Console.log(text)
  return violationsIn(report.verdicts).length
})

if (flags.help) console.log(help)
else if (flags.list) console.log(listed())
else if (wrong !== undefined) {
  console.error(wrong)
  process.exitCode = 1
} else
  NodeRuntime.runMain(chaos, {
    teardown: (exit, onExit) => onExit(exit._tag === "Success" && exit.value === 0 ? 0 : 1)
  })
