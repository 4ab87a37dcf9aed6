import type { Progress, Report } from "#layers/nats/backup/index.ts"
import * as NodeRuntime from "@effect/platform-node/NodeRuntime"
import { Cause, Console, Data, Effect, Exit, References, type Scope } from "effect"
import { monotonicMillis } from "#layers/monotonic.ts"
import { settings, type Settings } from "./settings.ts"

/** The file was not named. */
class NoFile extends Data.TaggedError("NoFile")<{ readonly name: string }> {
  override get message() {
    return `Name the file: npm run ${this.name} <file>`
  }
}

const every = 5_000

const numbers = new Intl.NumberFormat("en")
const said = ({ stream, messages, bytes }: Progress) =>
  `  · ${stream}: ${numbers.format(messages)} messages, ${numbers.format(Math.ceil(bytes / 1024))} KiB`

/** Says of each stream what it was when the next begins, and of a long one every five seconds how far it is. */
const reporter = Effect.gen(function* () {
  let last: Progress | undefined
  let at = yield* monotonicMillis
  const flush = Effect.suspend(() => (last ? Console.log(said(last)) : Effect.void))
  const report: Report = Effect.fnUntraced(function* (progress) {
    const now = yield* monotonicMillis
    if (last && (last.stream !== progress.stream || now - at > every)) {
      at = now
      yield* flush
    }
    last = progress
  })
  return { report, flush }
})

/** Runs a tool that takes a file's name and the settings of the app. `work` answers with what is to be said at the end. */
export const fileTool = <E extends { readonly message: string }>(
  name: string,
  work: (file: string, settings: Settings, report: Report) => Effect.Effect<string, E, Scope.Scope>
) => {
  const tool = Effect.gen(function* () {
    const file = process.argv[2]
    if (!file) return yield* new NoFile({ name })
    const chosen = yield* settings
    const { flush, report } = yield* reporter
    const done = yield* work(file, chosen, report).pipe(
      Effect.scoped,
      Effect.provideService(References.MinimumLogLevel, chosen.logLevel)
    )
    yield* flush
    yield* Console.log(`\n${done}`)
  })
  runTool(tool)
}

/** Runs a tool: what it fails with is said, and its exit code is 1. */
export const runTool = <E extends { readonly message: string }>(tool: Effect.Effect<void, E>) =>
  NodeRuntime.runMain(tool.pipe(Effect.tapError(({ message }) => Console.error(`\n  ✗ ${message}`))), {
    disableErrorReporting: true,
    teardown: (exit, onExit) => onExit(Exit.isSuccess(exit) || Cause.hasInterruptsOnly(exit.cause) ? 0 : 1)
  })
