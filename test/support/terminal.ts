import { spawn, spawnSync } from "node:child_process"
import { Effect } from "effect"

/** Whether `script` of util-linux is here, which gives a command a terminal. The pager and the prompts of `nats` need one. */
export const hasTerminal = process.platform === "linux" && spawnSync("script", ["--version"]).status === 0

export interface Typed {
  readonly output: string
  /** The exit code; 143 if it was ended after the time limit. */
  readonly code: number
}

export interface TypedOptions {
  readonly cwd?: string
  readonly env?: Readonly<Record<string, string | undefined>>
  /** Presses Ctrl-C once this is true of the output so far. Without it the line has to end by itself. */
  readonly interruptWhen?: (output: string) => boolean
}

const cursorQuestion = "\u001b[6n"
const cursorAnswer = "\u001b[1;1R"
const interrupt = "\u0003"
const hasPrompt = (text: string) => /\((?:Y\/n|y\/N)\)/u.test(text)

/** Types a line into a shell with a wide terminal, and answers each prompt with "y". Ends it after 15 seconds. */
export const typed = (line: string, { cwd, env, interruptWhen }: TypedOptions = {}): Effect.Effect<Typed> =>
  Effect.callback((resume) => {
    const child = spawn("script", ["-qefc", `stty cols 250 rows 50; ${line}`, "/dev/null"], {
      ...(cwd !== undefined && { cwd }),
      env: { ...process.env, ...env, TERM: "xterm" }
    })
    let output = ""
    let isPrompted = false
    let isQuiet = true
    let isLate = false
    child.stdin.on("error", () => {})
    child.stdout.setEncoding("utf8").on("data", (part: string) => {
      output += part
      isPrompted ||= hasPrompt(part)
      isQuiet = false
      child.stdin.write(cursorAnswer.repeat(part.split(cursorQuestion).length - 1))
    })
    const timer = setInterval(() => {
      // A prompt first asks where the cursor is, and would read an earlier "y" as a part of that answer.
      if (isPrompted && isQuiet) {
        child.stdin.write("y\r")
        isPrompted = false
      }
      isQuiet = true
      if (interruptWhen?.(output)) child.stdin.write(interrupt)
    }, 100)
    const limit = setTimeout(() => {
      isLate = true
      child.kill()
    }, 15_000)
    child.once("close", (code) => {
      clearInterval(timer)
      clearTimeout(limit)
      // The terminal shows the pressed key.
      resume(Effect.succeed({ output: output.replaceAll("^C", ""), code: isLate ? 143 : (code ?? 143) }))
    })
    return Effect.sync(() => void child.kill())
  })
