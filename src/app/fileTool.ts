import { Console, Data, Effect, References, type Scope } from "effect"
import type { Progress, Report } from "#layers/nats/backup/section.ts"
import { monotonicMillis } from "#layers/timing/monotonicMillis.ts"
import { argumentsOf, run } from "./program.ts"
import { settings, type Settings } from "./settings.ts"

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

/** The file was not named, or more than one. */
class NoFile extends Data.TaggedError("NoFile")<{ readonly name: string }> {
  override get message() {
    return `Name the file: npm run ${this.name} <file>`
  }
}

/**
 * Runs the tool `npm run <name> <file>` with the settings of the app. `about` is the rest of what `--help` prints; `work`
 * answers with what is to be said at the end.
 */
export const fileTool = <E>(
  name: string,
  about: string,
  work: (file: string, settings: Settings, report: Report) => Effect.Effect<string, E, Scope.Scope>
) => {
  const usage = `Usage: npm run ${name} <file>\n\n${about}`
  const main = Effect.gen(function* () {
    const { positionals } = yield* argumentsOf(usage, { allowPositionals: true })
    const [file] = positionals
    if (!file || positionals.length > 1) return yield* new NoFile({ name })
    const chosen = yield* settings
    const { flush, report } = yield* reporter
    const done = yield* work(file, chosen, report).pipe(
      Effect.scoped,
      Effect.provideService(References.MinimumLogLevel, chosen.logLevel)
    )
    yield* flush
    yield* Console.log(`\n${done}`)
  })
  run({ usage, main, onClosedOutput: "finish" })
}
