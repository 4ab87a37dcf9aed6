import { execFileSync } from "node:child_process"
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { Console, Data, Effect, Fiber } from "effect"
import { argumentsOf, BadUsage, run } from "#app/program.ts"
import { resolveBinary } from "#nats-server/resolveBinary.ts"
import { defaultBoard } from "../../src/boards.ts"
import { startApps } from "../apps.ts"
import type { Evidence } from "../checker/Evidence.ts"
import { check, type Verdict } from "../checker/index.ts"
import { collect } from "../evidence/collect.ts"
import { waitForQuiescence } from "../evidence/quiescence.ts"
import type { World } from "../faults/Fault.ts"
import { History } from "../history.ts"
import { boardLoads } from "../load/boardLoads.ts"
import { Load } from "../load/Load.ts"
import { defaultPlan } from "../Plan.ts"
import { startServers } from "../servers.ts"
import { disk } from "./disk.ts"
import { repair } from "./operator.ts"
import { type Scenario, scenarios } from "./scenarios.ts"

const loadSeconds = 8
const settleTimeoutMillis = 60_000
const diskMegabytes = 1_024

interface ScenarioResult {
  readonly scenario: Scenario
  readonly evidence: Evidence
  /** The operator's repair of the log. */
  readonly repaired: string
  readonly verdicts: ReadonlyArray<Verdict>
}

/** Runs load, then the scenario, then the repair, and checks the evidence as after any fault. */
const runScenario = Effect.fnUntraced(function* (scenario: Scenario, binary: string) {
  const { nodes, sync } = scenario
  const folder = yield* Effect.acquireRelease(
    Effect.sync(() => mkdtempSync(join(tmpdir(), "power-"))),
    (path) => Effect.sync(() => rmSync(path, { recursive: true, force: true, maxRetries: 5 }))
  )
  const disks = yield* Effect.forEach(
    Array.from({ length: nodes }, (_, n) => `n${n + 1}`),
    (name) => disk(folder, name, diskMegabytes)
  )
  const history = new History(join(folder, "history.jsonl"))
  const cluster = yield* startServers({ nodes, binary, folder, sync, diskMegabytes: 0 })
  const runningApps = yield* startApps({ folder, servers: cluster, history, names: ["a", "b"], board: defaultBoard })
  const boardLoad = yield* Effect.promise(boardLoads[defaultBoard]!)
  const { board, invariants } = boardLoad
  const { rate, workers } = defaultPlan
  const load = new Load({ apps: runningApps, history, boardLoad, seed: 1, rate, workers })
  const world: World = { servers: cluster, apps: runningApps, load, history, board, stream: board.name }
  yield* Effect.promise(() => waitForQuiescence(world, settleTimeoutMillis))
  // The servers' initial state must be on the disks, so that the power loss does not affect it.
  execFileSync("sync")
  const loadFiber = yield* Effect.forkChild(Effect.andThen(load.prepare(), load.run()))
  yield* Effect.sleep(loadSeconds * 1000)
  const machines = cluster.nodes.map((node, n) => ({ node, disk: disks[n]! }))
  yield* Effect.promise(() => scenario.run(machines))
  load.stop()
  // The load resends unanswered commands, which get no answer before a damaged log is repaired.
  const { summary, problems } = yield* Effect.promise(() => repair(world, settleTimeoutMillis))
  yield* Fiber.join(loadFiber).pipe(
    Effect.timeoutOrElse({ duration: settleTimeoutMillis, orElse: () => Effect.sync(() => load.giveUp()) })
  )
  const unsettled = yield* Effect.promise(() => waitForQuiescence(world, settleTimeoutMillis))
  const evidence = yield* Effect.promise(() => collect(world, [...problems, ...unsettled]))
  yield* Effect.promise(() => history.close())
  return { scenario, evidence, repaired: summary, verdicts: check(evidence, invariants) }
}, Effect.scoped)

const formatResult = (result: ScenarioResult): string => {
  const { evidence, repaired, scenario, verdicts } = result
  const acknowledged = evidence.history.flatMap((entry) =>
    entry.type === "call" && entry.outcome.is === "done" ? entry.outcome.facts.map(({ id }) => id) : []
  )
  const present = new Set(evidence.log.map(({ id }) => id))
  const lost = new Set(acknowledged.filter((id) => !present.has(id))).size
  const failed = verdicts.filter(({ violations }) => violations.length > 0)
  const summary =
    failed.length === 0
      ? "all invariants hold"
      : `${failed.map(({ invariant, violations }) => `${invariant.name} ${violations.length} times`).join(", ")} violated`
  return [
    `${isFailure(result) ? "✗" : "✓"} ${scenario.name}: ${scenario.title}`,
    `    ${new Set(acknowledged).size} events acknowledged, ${lost} of them lost${scenario.mayLoseEvents ? ", which may happen here" : ""}; ${summary}`,
    `    ${repaired}`,
    ...failed.flatMap(({ violations }) =>
      violations
        .slice(0, 2)
        .flatMap(({ excerpt, description }) => [
          `      - ${description}`,
          ...excerpt.map((line) => `          ${line}`)
        ])
    )
  ].join("\n")
}

const isFailure = ({ scenario, verdicts }: ScenarioResult): boolean =>
  !scenario.mayLoseEvents && verdicts.some(({ violations }) => violations.length > 0)

const usage = `Usage: npm run chaos:power -- [scenario ...]

Cuts the power of nats-servers and damages their files under load, each scenario on disks of its own, and exits with 1 if
an acknowledged event was lost that must not be. Needs Linux and root to mount the disks. See chaos/README.md.

The scenarios, all of which run if none is named:
${scenarios.map(({ name, title }) => `  ${name.padEnd(24)}${title}`).join("\n")}`

/** Only root on Linux can mount the disks. */
class NoDisks extends Data.TaggedError("NoDisks") {
  override readonly message =
    "Each scenario mounts disks of its own, which takes Linux and root. Run it as root there: sudo npm run chaos:power"
}

const main = Effect.gen(function* () {
  const { positionals: names } = yield* argumentsOf(usage, { allowPositionals: true })
  const unknown = names.filter((each) => !scenarios.some(({ name }) => name === each))
  if (unknown.length > 0)
    return yield* new BadUsage({ reason: `There is no scenario named ${unknown.join(", ")}`, usage })
  if (process.platform !== "linux" || process.getuid?.() !== 0) return yield* new NoDisks()
  const binary = yield* resolveBinary()
  let failures = 0
  for (const scenario of scenarios.filter(({ name }) => names.length === 0 || names.includes(name))) {
    const result = yield* runScenario(scenario, binary)
    if (isFailure(result)) failures++
    yield* Console.log(formatResult(result))
  }
  return failures
})

run({ usage, main, onClosedOutput: "end" })
