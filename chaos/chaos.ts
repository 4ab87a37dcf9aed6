import { execFileSync } from "node:child_process"
import { join } from "node:path"
import { Effect, Fiber, Schedule } from "effect"
import type { Board } from "#domain/model/index.ts"
import { hotelBooking } from "#features/hotel-booking/index.ts"
import { apps } from "./apps.ts"
import { check } from "./checker/index.ts"
import { collect } from "./evidence/collect.ts"
import { rest } from "./evidence/rest.ts"
import type { World } from "./faults/Fault.ts"
import { faults } from "./faults/index.ts"
import { History } from "./history.ts"
import { Load } from "./load/Load.ts"
import { chosen, type Plan } from "./Plan.ts"
import type { Report } from "./report.ts"
import type { Sabotage } from "./sabotage.ts"
import { schedule } from "./schedule.ts"
import { servers } from "./servers.ts"
import { untilBroken } from "./untilBroken.ts"

const board: Board.Any = hotelBooking

/** How long commands may go without an answer after healing, and views without their facts. */
const usualPatience = 90_000

/** Megabytes of the disk that is filled. */
const disk = 2_048

interface Options {
  readonly binary: string
  /** Where servers, logs and the history are kept; it exists, and is empty. */
  readonly folder: string
  readonly say: (line: string) => void
  readonly sabotage?: Sabotage
  /** Milliseconds that commands may go without an answer after healing, and views without their facts. */
  readonly patience?: number
}

const progress = ({ load, history, servers, apps }: World) => {
  const clock = `${Math.round(history.now() / 1000)} s`.padStart(6)
  const faults = history.entries.filter(({ type }) => type === "fault").length
  const silent = ((history.now() - load.lastAnswer) / 1000).toFixed(1)
  const up = `${servers.nodes.filter(({ process }) => process.runs).length} nodes, ${apps.filter(({ process }) => process.runs).length} apps`
  return `${clock}  ${load.commands} commands, ${load.open} open, last answer ${silent} s ago, ${faults} faults healed, ${up}`
}

/** Runs a plan from its beginning to its report: starts everything, breaks it, heals it, and looks at what is left. */
export const run = (
  plan: Plan,
  { binary, folder, patience = usualPatience, sabotage, say }: Options
): Effect.Effect<Report> =>
  Effect.gen(function* () {
    const { nodes, rate, seed, sync, workers } = plan
    const history = new History(join(folder, "history.jsonl"))
    const cluster = yield* servers({ nodes, binary, folder, sync, disk })
    const pair = yield* apps({ folder, servers: cluster, history, names: ["a", "b"] })
    if (sabotage) for (const { links } of pair) for (const { conditions } of links) conditions.frame = sabotage
    const load = new Load({ apps: pair, history, seed, rate, workers })
    // Who ends a run early waits for nobody: the apps end now, and no command will have an answer.
    yield* Effect.addFinalizer(() => Effect.sync(() => load.giveUp()))
    const world: World = { servers: cluster, apps: pair, load, history, stream: board.name }
    yield* Effect.promise(() => rest(world, board, patience))
    say(`${nodes === 1 ? "a node" : `${nodes} nodes`} and two apps run in ${folder}`)

    const possible = chosen(faults, plan).filter(({ missing, name }) => {
      const reason = missing?.(world)
      if (reason !== undefined) say(`        ${name} is left out: it ${reason}`)
      return reason === undefined
    })
    const telling = yield* Effect.forkChild(
      Effect.repeat(
        Effect.sync(() => say(progress(world))),
        Schedule.spaced("10 seconds")
      )
    )
    const working = yield* Effect.forkChild(load.run())
    const breaking = yield* Effect.forkChild(
      schedule(world, {
        ...plan,
        faults: possible,
        say: (line) => Effect.sync(() => say(`${`${Math.round(history.now() / 1000)} s`.padStart(6)}  ${line}`))
      })
    )
    yield* untilBroken(history, plan)
    load.stop()
    say("        everything is healed; what has no answer yet is asked again")
    yield* Fiber.interrupt(breaking).pipe(
      Effect.andThen(Fiber.join(working)),
      Effect.timeoutOrElse({ duration: patience, orElse: () => Effect.sync(() => load.giveUp()) })
    )
    yield* Fiber.interrupt(telling)
    const restless = yield* Effect.promise(() => rest(world, board, patience))
    const evidence = yield* Effect.promise(() => collect(world, board, restless))
    const verdicts = check(evidence)
    yield* Effect.promise(() => history.close())
    return {
      plan,
      about: execFileSync(binary, ["--version"], { encoding: "utf8" }).trim(),
      evidence,
      verdicts,
      longestStall: load.longestStall,
      surprises: pair.reduce((sum, { surprises }) => sum + surprises, 0),
      folder
    }
  }).pipe(Effect.scoped)
