// A process that claims a data folder, for the tests of the lock. It says what it does, a line of JSON each.
//   holder.ts server <folder>           starts a server there, until SIGTERM
//   holder.ts claim <folder>            claims it, until SIGTERM
//   holder.ts race <folder> <millis>    claims and releases it as often as it can
import { mkdirSync, rmdirSync } from "node:fs"
import { join } from "node:path"
import { NodeRuntime } from "@effect/platform-node"
import { Effect } from "effect"
import { claim, DataDirInUse } from "#nats-server/data-folder/DataDirLock.ts"
import * as EmbeddedServer from "#nats-server/EmbeddedServer.ts"

const [what, folder = "", millis = "0"] = process.argv.slice(2)
const say = (line: object) => Effect.sync(() => process.stdout.write(`${JSON.stringify(line)}\n`))
const report = (line: string) => say({ report: line })
const claimed = claim(folder, (reason) => new Error(reason), report)

const server = Effect.gen(function* () {
  const { exited, pid, url } = yield* EmbeddedServer.start({
    binary: process.env.NATS_SERVER_BIN!,
    dataDir: folder,
    guarded: true,
    report
  })
  yield* say({ up: pid, url, app: process.pid })
  return yield* exited
})

const once = Effect.gen(function* () {
  yield* claimed
  yield* say({ up: process.pid })
  return yield* Effect.never
})

/** Whoever has the claim is alone with this folder. */
const alone = Effect.acquireUseRelease(
  Effect.sync(() => mkdirSync(join(folder, "alone"))),
  () => Effect.sleep(1),
  () => Effect.sync(() => rmdirSync(join(folder, "alone")))
)

const race = Effect.gen(function* () {
  let times = 0
  let refused = 0
  const until = Date.now() + Number(millis)
  while (Date.now() < until) {
    const has = yield* Effect.scoped(Effect.andThen(claimed, alone)).pipe(
      Effect.as(true),
      Effect.catchIf(
        (error) => error instanceof DataDirInUse,
        () => Effect.succeed(false)
      )
    )
    if (has) times++
    else refused++
  }
  yield* say({ times, refused })
})

const ways = { server, claim: once, race }
NodeRuntime.runMain(
  ways[what as keyof typeof ways].pipe(
    Effect.scoped,
    Effect.tapCause((cause) => say({ failed: String(cause) }))
  ),
  { disableErrorReporting: true }
)
