// A process that claims a data folder, for the tests of the lock. It prints what it does as lines of JSON.
//   holder.ts server <folder>           starts a server there, until SIGTERM
//   holder.ts claim <folder>            claims it, until SIGTERM
//   holder.ts race <folder> <millis>    claims and releases it as often as it can
import { mkdirSync, rmdirSync } from "node:fs"
import { join } from "node:path"
import { NodeRuntime } from "@effect/platform-node"
import { Effect } from "effect"
import { claim, DataDirInUse } from "#nats-server/data-folder/DataDirLock.ts"
import * as EmbeddedServer from "#nats-server/EmbeddedServer.ts"

const [mode, folder = "", millis = "0"] = process.argv.slice(2)
const print = (line: object) => Effect.sync(() => process.stdout.write(`${JSON.stringify(line)}\n`))
const report = (line: string) => print({ report: line })
const claimed = claim(folder, (reason) => new Error(reason), report)

const server = Effect.gen(function* () {
  const { exited, pid, url } = yield* EmbeddedServer.start({
    binary: process.env.NATS_SERVER_BIN!,
    dataDir: folder,
    restrictAnonymous: true,
    report
  })
  yield* print({ up: pid, url, app: process.pid })
  return yield* exited
})

const claimAndHold = Effect.gen(function* () {
  yield* claimed
  yield* print({ up: process.pid })
  return yield* Effect.never
})

/** Throws if two claims are held at the same time. */
const assertExclusive = Effect.acquireUseRelease(
  Effect.sync(() => mkdirSync(join(folder, "alone"))),
  () => Effect.sleep(1),
  () => Effect.sync(() => rmdirSync(join(folder, "alone")))
)

const raceForClaim = Effect.gen(function* () {
  let claims = 0
  let refused = 0
  const until = Date.now() + Number(millis)
  while (Date.now() < until) {
    const isClaimed = yield* Effect.scoped(Effect.andThen(claimed, assertExclusive)).pipe(
      Effect.as(true),
      Effect.catchIf(
        (error) => error instanceof DataDirInUse,
        () => Effect.succeed(false)
      )
    )
    if (isClaimed) claims++
    else refused++
  }
  yield* print({ times: claims, refused })
})

const modes = { server, claim: claimAndHold, race: raceForClaim }
NodeRuntime.runMain(
  modes[mode as keyof typeof modes].pipe(
    Effect.scoped,
    Effect.tapCause((cause) => print({ failed: String(cause) }))
  ),
  { disableErrorReporting: true }
)
