import { Console, Data, Effect, References, type Scope } from "effect"
import type { BackupProgress, ReportProgress } from "#layers/nats/backup/section.ts"
import { monotonicMillis } from "#layers/timing/monotonicMillis.ts"
import { argumentsOf, run } from "./program.ts"
import { settings, type Settings } from "./settings.ts"

const progressIntervalMillis = 5_000

const numberFormat = new Intl.NumberFormat("en")
const describeProgress = ({ stream, messages, bytes }: BackupProgress) =>
  `  · ${stream}: ${numberFormat.format(messages)} messages, ${numberFormat.format(Math.ceil(bytes / 1024))} KiB`

/** Prints a line for each stream once the next begins, and every five seconds the progress of a long one. */
const reporter = Effect.gen(function* () {
  let last: BackupProgress | undefined
  let lastReportAt = yield* monotonicMillis
  const flush = Effect.suspend(() => (last ? Console.log(describeProgress(last)) : Effect.void))
  const report: ReportProgress = Effect.fnUntraced(function* (progress) {
    const now = yield* monotonicMillis
    if (last && (last.stream !== progress.stream || now - lastReportAt > progressIntervalMillis)) {
      lastReportAt = now
      yield* flush
    }
    last = progress
  })
  return { report, flush }
})

/** The command line names no file, or more than one. */
class MissingFileArgument extends Data.TaggedError("MissingFileArgument")<{ readonly name: string }> {
  override get message() {
    return `Name the file: npm run ${this.name} <file>`
  }
}

/**
 * Runs the tool `npm run <name> <file>` with the settings of the app. `description` follows the usage line of `--help`;
 * `action` returns the summary that is printed at the end.
 */
export const runFileTool = <E>(
  name: string,
  description: string,
  action: (file: string, settings: Settings, report: ReportProgress) => Effect.Effect<string, E, Scope.Scope>
) => {
  const usage = `Usage: npm run ${name} <file>\n\n${description}`
  const main = Effect.gen(function* () {
    const { positionals } = yield* argumentsOf(usage, { allowPositionals: true })
    const [file] = positionals
    if (!file || positionals.length > 1) return yield* new MissingFileArgument({ name })
    const config = yield* settings
    const { flush, report } = yield* reporter
    const summary = yield* action(file, config, report).pipe(
      Effect.scoped,
      Effect.provideService(References.MinimumLogLevel, config.logLevel)
    )
    yield* flush
    yield* Console.log(`\n${summary}`)
  })
  run({ usage, main, onClosedOutput: "finish" })
}
