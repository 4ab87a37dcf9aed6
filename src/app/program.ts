import { readFileSync } from "node:fs"
import { parseArgs, type ParseArgsConfig } from "node:util"
import * as NodeRuntime from "@effect/platform-node/NodeRuntime"
import { Cause, ConfigProvider, Console, Data, Effect, Exit, Predicate } from "effect"

export interface Program<E> {
  /** What `--help` prints, on stdout. */
  readonly usage: string
  /** Run unless `--help` asks for the usage. A number other than 0 makes the exit code 1. */
  readonly main: Effect.Effect<number | void, E>
  /** The exit code after SIGINT or SIGTERM: 130 where work was cut off, 0 where ending is what was asked for. */
  readonly interrupted?: number
  /**
   * When nobody reads the output any more, as after `| head -1`. A server ends as on SIGTERM; a tool that changes something
   * finishes without output, and its exit code still tells the outcome.
   */
  readonly onClosedOutput: "end" | "finish"
}

/** The command line has something that the program does not take. */
export class BadUsage extends Data.TaggedError("BadUsage")<{ readonly reason: string; readonly usage: string }> {
  override get message() {
    return `${this.reason}\n\n${this.usage}`
  }
}

/** The command line as `parseArgs` reads it. `--help` never gets here. */
export const argumentsOf = <const Config extends ParseArgsConfig>(usage: string, config: Config) =>
  Effect.try({
    try: () => parseArgs({ ...config, args: process.argv.slice(2) }),
    catch: (error) => new BadUsage({ reason: (error as Error).message, usage })
  })

const version = (): string => {
  try {
    return (JSON.parse(readFileSync(new URL("../../package.json", import.meta.url), "utf8")) as { version: string })
      .version
  } catch {
    return "of an unknown version"
  }
}

/** What a bug report needs of a defect: the errors with their stacks and causes, and what they happened on. */
const defectReport = (defects: ReadonlyArray<Cause.Die>): string => {
  const lines = Cause.pretty(Cause.fromReasons(defects)).split("\n")
  const on = `hotel-event-model ${version()}, Node ${process.versions.node}, ${process.platform} ${process.arch}`
  return [
    "A defect in the program, not in what you asked for:",
    ...lines.map((line) => `    ${line}`),
    `    (${on})`,
    "    Run it again: what was acknowledged is kept. If it happens again, report it with the lines above, and with what",
    "    LOG_LEVEL=debug prints before them."
  ].join("\n")
}

/** A typed failure's message says what happened, why, and what to do next. Any other error that was thrown does not. */
const isTypedFailure = (error: unknown): error is Error & { readonly _tag: string } =>
  Predicate.isError(error) && Predicate.hasProperty(error, "_tag") && !Cause.isUnknownError(error)

/** What to print of a cause: each failure in its own words, and defects with their stacks. Nothing of an interrupt. */
export const explain = (cause: Cause.Cause<unknown>): ReadonlyArray<string> => {
  const messages: Array<string> = []
  const defects: Array<Cause.Die> = []
  for (const reason of cause.reasons) {
    if (Cause.isDieReason(reason)) defects.push(reason)
    else if (Cause.isFailReason(reason)) {
      if (isTypedFailure(reason.error)) messages.push(reason.error.message)
      else defects.push(Cause.makeDieReason(reason.error))
    }
  }
  return defects.length > 0 ? [...messages, defectReport(defects)] : messages
}

const print = (cause: Cause.Cause<unknown>) =>
  Effect.forEach(explain(cause), (text) => Console.error(`\n  ✗ ${text}`), { discard: true })

/** What is written to a pipe that nobody reads is lost. Without a listener Node ends with the stack of an EPIPE. */
export const surviveClosedOutput = (onClosed: () => void) => {
  let isClosed = false
  for (const stream of [process.stdout, process.stderr]) {
    stream.on("error", ({ code }: NodeJS.ErrnoException) => {
      if (isClosed || (code !== "EPIPE" && code !== "EIO")) return
      isClosed = true
      onClosed()
    })
  }
}

const exitCode = <A, E>(exit: Exit.Exit<A, E>, interrupted: number): number => {
  if (Exit.isSuccess(exit)) return exit.value ? 1 : 0
  return Cause.hasInterruptsOnly(exit.cause) ? interrupted : 1
}

/** A variable that is set to nothing is not one that is left out: `ROOMS=` asks for no rooms, and `PORT=` is a mistake. */
const environment = ConfigProvider.fromEnv({ preserveEmptyStrings: true })

/** Runs a program of this project as the process's main one: help, failures, defects, exit codes and closed pipes. */
export const run = <E>({ interrupted = 130, main, onClosedOutput, usage }: Program<E>): void => {
  surviveClosedOutput(() => {
    if (onClosedOutput === "end") process.emit("SIGTERM")
  })
  if (process.argv.slice(2).some((argument) => argument === "--help" || argument === "-h")) {
    process.stdout.write(`${usage}\n`)
    return
  }
  // What is thrown outside of any effect, as in a listener of an event, ends the process with the same account of it.
  process.once("uncaughtException", (error) => {
    process.stderr.write(`\n  ✗ ${explain(Cause.die(error)).join("\n")}\n`)
    process.exit(1)
  })
  const configured = Effect.provideService(main, ConfigProvider.ConfigProvider, environment)
  NodeRuntime.runMain(Effect.tapCause(configured, print), {
    disableErrorReporting: true,
    teardown: (exit, onExit) => onExit(exitCode(exit, interrupted))
  })
}
