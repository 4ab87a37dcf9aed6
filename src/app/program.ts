import { readFileSync } from "node:fs"
import { parseArgs, type ParseArgsConfig } from "node:util"
import * as NodeRuntime from "@effect/platform-node/NodeRuntime"
import { Cause, ConfigProvider, Console, Data, Effect, Exit, Predicate } from "effect"

export interface Program<E> {
  /** What `--help` prints, on stdout. */
  readonly usage: string
  /** Runs unless the command line has `--help`. A number other than 0 makes the exit code 1. */
  readonly main: Effect.Effect<number | void, E>
  /** The exit code after SIGINT or SIGTERM: 130 (the default) if that cuts off work, 0 if the program runs until then. */
  readonly interrupted?: number
  /**
   * What happens once the output is closed, as by `| head -1`. A server ends as on SIGTERM; a tool that changes something
   * finishes without output, and its exit code still tells the outcome.
   */
  readonly onClosedOutput: "end" | "finish"
}

/** The command line has arguments that the program does not accept. */
export class BadUsage extends Data.TaggedError("BadUsage")<{ readonly reason: string; readonly usage: string }> {
  override get message() {
    return `${this.reason}\n\n${this.usage}`
  }
}

/** The command line, parsed by `parseArgs`. `run` handles `--help` before. */
export const argumentsOf = <const Config extends ParseArgsConfig>(usage: string, config: Config) =>
  Effect.try({
    try: () => parseArgs({ ...config, args: process.argv.slice(2) }),
    catch: (error) => new BadUsage({ reason: (error as Error).message, usage })
  })

const packageVersion = (): string => {
  try {
    const { name, version } = JSON.parse(readFileSync(new URL("../../package.json", import.meta.url), "utf8")) as {
      readonly name: string
      readonly version: string
    }
    return `${name} ${version}`
  } catch {
    return "of an unknown version"
  }
}

/** The parts of a defect that a bug report needs: errors with stacks and causes, versions and platform. */
const defectReport = (defects: ReadonlyArray<Cause.Die>): string => {
  const lines = Cause.pretty(Cause.fromReasons(defects)).split("\n")
  const on = `${packageVersion()}, Node ${process.versions.node}, ${process.platform} ${process.arch}`
  return [
    "A defect in the program, not in your input:",
    ...lines.map((line) => `    ${line}`),
    `    (${on})`,
    "    Run it again: acknowledged events are kept. If it happens again, report it with the lines above, and with the",
    "    lines that LOG_LEVEL=debug prints before them."
  ].join("\n")
}

/** A typed failure's message says what happened, why, and what to do next. Other errors need their stack. */
const isTypedFailure = (error: unknown): error is Error & { readonly _tag: string } =>
  Predicate.isError(error) && Predicate.hasProperty(error, "_tag") && !Cause.isUnknownError(error)

/** The texts to print for a cause: the message of each failure, and defects with their stacks. None for an interrupt. */
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

/** Ignores writes to a closed pipe. Without a listener Node ends with the stack of an EPIPE. */
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

/** An empty variable differs from an unset one: `ROOMS=` means no rooms, and `PORT=` is a mistake. */
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
  // An error that is thrown outside of any effect, as in an event listener, is reported in the same form.
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
