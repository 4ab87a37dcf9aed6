import { execFileSync } from "node:child_process"
import { join } from "node:path"
import { Effect, Fiber, Schedule } from "effect"
import type { Board } from "#domain/model/index.ts"
import { hotelBooking } from "#features/hotel-booking/index.ts"
import { startApps } from "./apps.ts"
import { check } from "./checker/index.ts"
import { collect } from "./evidence/collect.ts"
import { waitForQuiescence } from "./evidence/quiescence.ts"
import type { World } from "./faults/Fault.ts"
import { faults } from "./faults/index.ts"
import { History } from "./history.ts"
import { hotelInvariants } from "./load/hotel/hotelInvariants.ts"
import { Load } from "./load/Load.ts"
import type { Mutation } from "./mutations.ts"
import { selectFaults, type Plan } from "./Plan.ts"
import type { Report } from "./report.ts"
import { schedule } from "./schedule.ts"
import { startServers } from "./servers.ts"
import { waitForFaults } from "./waitForFaults.ts"

const board: Board.Any = hotelBooking

/** The default time after healing in which commands get their answers and views their events. */
const defaultSettleTimeoutMillis = 90_000

/** The size of the disk that is filled. */
const diskMegabytes = 2_048

interface Options {
  readonly binary: string
  /** The folder for servers, logs and the history; it must exist and be empty. */
  readonly folder: string
  readonly log: (line: string) => void
  readonly mutation?: Mutation
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

/** Runs a plan: starts servers, apps and load, injects faults, heals them, collects the evidence and checks it. */
export const run = (
  plan: Plan,
  { binary, folder, settleTimeoutMillis = defaultSettleTimeoutMillis, mutation, log }: Options
): Effect.Effect<Report> =>
  Effect.gen(function* () {
    const { nodes, rate, seed, sync, workers } = plan
    const history = new History(join(folder, "history.jsonl"))
    const cluster = yield* startServers({ nodes, binary, folder, sync, diskMegabytes })
    const runningApps = yield* startApps({ folder, servers: cluster, history, names: ["a", "b"] })
    if (mutation) for (const { links } of runningApps) for (const { conditions } of links) conditions.frame = mutation
    const load = new Load({ apps: runningApps, history, seed, rate, workers })
    // If a run is interrupted the apps end, so that commands would wait for an answer forever.
    yield* Effect.addFinalizer(() => Effect.sync(() => load.giveUp()))
    const world: World = { servers: cluster, apps: runningApps, load, history, board, stream: board.name }
    yield* Effect.promise(() => waitForQuiescence(world, settleTimeoutMillis))
    log(`${nodes === 1 ? "a node" : `${nodes} nodes`} and two apps run in ${folder}`)

    const injectableFaults = selectFaults(faults, plan).filter(({ unavailableReason, name }) => {
      const reason = unavailableReason?.(world)
      if (reason !== undefined) log(`        ${name} is skipped: it ${reason}`)
      return reason === undefined
    })
    const progressFiber = yield* Effect.forkChild(
      Effect.repeat(
        Effect.sync(() => log(progressLine(world))),
        Schedule.spaced("10 seconds")
      )
    )
    const loadFiber = yield* Effect.forkChild(load.run())
    const faultFiber = yield* Effect.forkChild(
      schedule(world, {
        ...plan,
        faults: injectableFaults,
        log: (line) => Effect.sync(() => log(`${`${Math.round(history.now() / 1000)} s`.padStart(6)}  ${line}`))
      })
    )
    yield* waitForFaults(history, plan)
    load.stop()
    log("        all faults are healed; commands without an answer are sent again")
    yield* Fiber.interrupt(faultFiber).pipe(
      Effect.andThen(Fiber.join(loadFiber)),
      Effect.timeoutOrElse({ duration: settleTimeoutMillis, orElse: () => Effect.sync(() => load.giveUp()) })
    )
    yield* Fiber.interrupt(progressFiber)
    const unsettled = yield* Effect.promise(() => waitForQuiescence(world, settleTimeoutMillis))
    const evidence = yield* Effect.promise(() => collect(world, unsettled))
    const verdicts = check(evidence, hotelInvariants)
    yield* Effect.promise(() => history.close())
    return {
      plan,
      about: execFileSync(binary, ["--version"], { encoding: "utf8" }).trim(),
      evidence,
      verdicts,
      maxStallMillis: load.maxStallMillis,
      unexpectedExits: runningApps.reduce((sum, { unexpectedExits }) => sum + unexpectedExits, 0),
      folder
    }
  }).pipe(Effect.scoped)
