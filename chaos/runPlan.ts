import { execFileSync } from "node:child_process"
import { join } from "node:path"
import { Effect, Fiber, Schedule } from "effect"
import { startApps } from "./apps.ts"
import { check } from "./checker/index.ts"
import { collect } from "./evidence/collect.ts"
import { waitForQuiescence } from "./evidence/quiescence.ts"
import type { World } from "./faults/Fault.ts"
import { faults } from "./faults/index.ts"
import { History } from "./history.ts"
import type { BoardLoad } from "./load/BoardLoad.ts"
import { boardLoads } from "./load/boardLoads.ts"
import { Load } from "./load/Load.ts"
import type { Mutation } from "./mutations.ts"
import { selectFaults, type Plan } from "./Plan.ts"
import type { Report } from "./report.ts"
import { schedule } from "./schedule.ts"
import { startServers } from "./servers.ts"
import { waitForFaults } from "./waitForFaults.ts"

/** The default time after healing in which commands get their answers and views their events. */
const defaultSettleTimeoutMillis = 90_000

/** How long the apps may take to start on a loaded machine. */
const startTimeoutMillis = 90_000

/** The size of the disk that is filled. */
const diskMegabytes = 2_048

interface Options {
  readonly binary: string
  /** The folder for servers, logs and the history; it must exist and be empty. */
  readonly folder: string
  readonly log: (line: string) => void
  readonly mutation?: Mutation
  /** How long each message between apps and servers takes under load, so that the apps race more often. Default: 0. */
  readonly delayMillis?: number | undefined
  /** The time after healing in which commands must get their answers and views their events. Default: 90 s. */
  readonly settleTimeoutMillis?: number
}

const progressLine = ({ load, history, servers, apps }: World) => {
  const clock = `${Math.round(history.now() / 1000)} s`.padStart(6)
  const faults = history.entries.filter(({ type }) => type === "fault").length
  const secondsSinceAnswer = ((history.now() - load.lastAnswer) / 1000).toFixed(1)
  const up = `${servers.nodes.filter(({ process }) => process.isRunning).length} nodes, ${apps.filter(({ process }) => process.isRunning).length} apps`
  return `${clock}  ${load.commands} commands, ${load.pending} open, last answer ${secondsSinceAnswer} s ago, ${faults} faults healed, ${up}`
}

/** The faults of a plan that can be injected here. */
const injectableFaults = (world: World, plan: Plan, log: Options["log"]) =>
  selectFaults(faults, plan).filter(({ unavailableReason, name }) => {
    const reason = unavailableReason?.(world)
    if (reason !== undefined) log(`        ${name} is skipped: it ${reason}`)
    return reason === undefined
  })

const delayLinks = ({ apps }: World, millis: number) => {
  for (const { links } of apps) for (const { conditions } of links) conditions.delay = millis
}

/** Starts servers and apps, and makes their load. */
const startWorld = Effect.fnUntraced(function* (plan: Plan, boardLoad: BoardLoad, options: Options) {
  const { nodes, rate, seed, sync, workers } = plan
  const { binary, folder, log, mutation } = options
  const { board } = boardLoad
  const history = new History(join(folder, "history.jsonl"))
  const servers = yield* startServers({ nodes, binary, folder, sync, diskMegabytes })
  const apps = yield* startApps({ folder, servers, history, names: ["a", "b"], board: plan.board })
  if (mutation) for (const { links } of apps) for (const { conditions } of links) conditions.frame = mutation
  const load = new Load({ apps, history, boardLoad, seed, rate, workers })
  // If a run is interrupted the apps end, so that commands would wait for an answer forever.
  yield* Effect.addFinalizer(() => Effect.sync(() => load.giveUp()))
  const world: World = { servers, apps, load, history, board, stream: board.name }
  yield* Effect.promise(() => waitForQuiescence(world, startTimeoutMillis))
  log(`${nodes === 1 ? "a node" : `${nodes} nodes`} and two apps run in ${folder}`)
  return world
})

/** Injects faults under load, heals them, and waits until each command has its answer. */
const injectFaults = Effect.fnUntraced(function* (world: World, plan: Plan, options: Options) {
  const { history, load } = world
  const { delayMillis = 0, log, settleTimeoutMillis = defaultSettleTimeoutMillis } = options
  delayLinks(world, delayMillis)
  yield* Effect.forkScoped(
    Effect.repeat(
      Effect.sync(() => log(progressLine(world))),
      Schedule.spaced("10 seconds")
    )
  )
  yield* load.prepare()
  const loadFiber = yield* Effect.forkChild(load.run())
  const faultFiber = yield* Effect.forkChild(
    schedule(world, {
      ...plan,
      faults: injectableFaults(world, plan, log),
      log: (line) => Effect.sync(() => log(`${`${Math.round(history.now() / 1000)} s`.padStart(6)}  ${line}`))
    })
  )
  // A defect in a fault ends the run: otherwise a run without faults would pass.
  yield* Effect.raceFirst(waitForFaults(history, plan), Fiber.join(faultFiber))
  load.stop()
  log("        all faults are healed; commands without an answer are sent again")
  yield* Fiber.interrupt(faultFiber).pipe(
    Effect.andThen(Fiber.join(loadFiber)),
    Effect.timeoutOrElse({ duration: settleTimeoutMillis, orElse: () => Effect.sync(() => load.giveUp()) })
  )
  delayLinks(world, 0)
}, Effect.scoped)

/** Runs a plan: starts servers, apps and load, injects faults, heals them, collects the evidence and checks it. */
export const run = Effect.fnUntraced(function* (plan: Plan, options: Options) {
  const { binary, folder, settleTimeoutMillis = defaultSettleTimeoutMillis } = options
  const boardLoad = yield* Effect.promise(boardLoads[plan.board]!)
  const world = yield* startWorld(plan, boardLoad, options)
  yield* injectFaults(world, plan, options)
  const unsettled = yield* Effect.promise(() => waitForQuiescence(world, settleTimeoutMillis))
  const evidence = yield* Effect.promise(() => collect(world, unsettled))
  const verdicts = check(evidence, boardLoad.invariants)
  yield* Effect.promise(() => world.history.close())
  const report: Report = {
    plan,
    about: execFileSync(binary, ["--version"], { encoding: "utf8" }).trim(),
    evidence,
    verdicts,
    maxStallMillis: world.load.maxStallMillis,
    unexpectedExits: world.apps.reduce((sum, { unexpectedExits }) => sum + unexpectedExits, 0),
    folder
  }
  return report
}, Effect.scoped)
