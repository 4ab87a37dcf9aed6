import { jetstreamManager } from "@nats-io/jetstream"
import { Console, Data, Effect, Layer, References, Schedule } from "effect"
import { argumentsOf, BadUsage, run } from "#app/program.ts"
import { resolveServer } from "#app/resolveServer.ts"
import { settings, type Settings } from "#app/settings.ts"
import * as Nats from "#layers/nats/connection/Nats.ts"
import { Requests } from "#layers/nats/connection/Requests.ts"
import { requireCluster } from "#layers/nats/connection/requireCluster.ts"
import { takeInventory } from "#layers/nats/integrity/inventory.ts"
import { describeAccept, describeInventory, isWhole, describeRebuild } from "#layers/nats/repair/describeInventory.ts"
import { accept, rebuild } from "#layers/nats/repair/repairLog.ts"
import type { RepairContext } from "#layers/nats/repair/rewriteLog.ts"
import { staleLeaderTimeout } from "#layers/timing/staleLeaderTimeout.ts"
import { upToElapsed } from "#layers/timing/upToElapsed.ts"

const usage = `Usage: npm run log -- check | rebuild [--yes] | accept [--yes]

Shows which events a log has lost, and repairs it.

  check     shows the events of the log, the missing ones, and where copies of those are; changes nothing, and exits with 1
            if events are missing
  rebuild   restores the events that the audit and the lanes still have, at the same positions
  accept    keeps the log up to its first gap, and drops the events behind it
  --yes     confirms; without it, rebuild and accept only show what they would do

Works on the server of NATS_URL, or starts one on DATA_DIR. Stop every app first. See docs/operations.md.`

/** The log lacks events. */
class LogIncomplete extends Data.TaggedError("LogIncomplete")<{ readonly advice: ReadonlyArray<string> }> {
  override get message() {
    return ["The log is not whole.", ...this.advice.map((line) => `    ${line}`)].join("\n")
  }
}

/** In a cluster a newly elected leader may be behind, so missing events count only if they are still missing after a while. */
const inventoryAfterElection = (tools: RepairContext) => {
  const attempt = takeInventory(tools.nats, tools.manager, tools.board)
  if (tools.nats.info?.cluster === undefined) return attempt
  return Effect.repeat(attempt, {
    until: isWhole,
    schedule: Schedule.spaced("1 second").pipe(upToElapsed(staleLeaderTimeout))
  })
}

const appAheadHint =
  "If an app still reports that the log is damaged, it has seen later events of which no copy is left: they are lost, and " +
  "starting the app again accepts that."

const repairs = { rebuild, accept }
const plans = { rebuild: describeRebuild, accept: describeAccept }

const runCommand = Effect.fnUntraced(function* (
  command: "check" | "rebuild" | "accept",
  isConfirmed: boolean,
  config: Settings
) {
  const nats = yield* Nats.Nats
  const manager = yield* Effect.promise(() => jetstreamManager(nats, { checkAPI: false, timeout: 15_000 }))
  const report = (line: string) => Console.log(`  · ${line}`)
  const { board } = config.app
  const tools: RepairContext = { nats, manager, requests: yield* Requests, board, report }
  const before = yield* inventoryAfterElection(tools)
  yield* Effect.forEach(describeInventory(before), report, { discard: true })
  if (command === "check") {
    return isWhole(before)
      ? yield* Console.log(`\n${appAheadHint}`)
      : yield* new LogIncomplete({ advice: [describeRebuild(before), describeAccept(before)] })
  }
  if (isWhole(before)) return yield* Console.log("\nNothing to do.")
  yield* Console.log(`\n${plans[command](before)}`)
  if (!isConfirmed) {
    return yield* Console.log(`Nothing was changed. Stop every app on this log, then: npm run log -- ${command} --yes`)
  }
  yield* requireCluster(nats, config.replicas)
  yield* repairs[command](tools, config.replicas)
  const after = yield* takeInventory(nats, manager, board)
  if (!isWhole(after)) return yield* new LogIncomplete({ advice: describeInventory(after) })
  yield* Console.log("\nThe log is whole; start the app.")
})

const isCommand = (name: string | undefined) => name === "check" || name === "rebuild" || name === "accept"

const main = Effect.gen(function* () {
  const { positionals, values } = yield* argumentsOf(usage, {
    allowPositionals: true,
    options: { yes: { type: "boolean", default: false } }
  })
  const [command, ...extra] = positionals
  if (!isCommand(command) || extra.length > 0) {
    return yield* new BadUsage({ reason: `"${positionals.join(" ")}" is not one of the commands`, usage })
  }
  const config = yield* settings
  yield* Effect.gen(function* () {
    const { address } = yield* resolveServer(config)
    const services = Requests.layer.pipe(Layer.provideMerge(Nats.layer(address)))
    yield* Effect.provide(runCommand(command, values.yes, config), services)
  }).pipe(Effect.scoped, Effect.provideService(References.MinimumLogLevel, config.logLevel))
})

run({ usage, main, onClosedOutput: "finish" })
