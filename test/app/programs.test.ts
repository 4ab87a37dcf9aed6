import { spawn } from "node:child_process"
import { once } from "node:events"
import { existsSync, readFileSync, symlinkSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { fileURLToPath, pathToFileURL } from "node:url"
import { assert, describe, it } from "@effect/vitest"
import { Cause, Data, Effect } from "effect"
import { explain } from "#app/program.ts"
import { temporaryFolder } from "#test/support/testServer.ts"

const root = fileURLToPath(new URL("../../", import.meta.url))

/** Valid arguments of the programs. */
const validArguments: Readonly<Record<string, ReadonlyArray<string>>> = {
  backup: ["file"],
  restore: ["file"],
  void: ["1", "a reason"],
  log: ["check"],
  "nats-config": ["--hotels", "north"],
  bench: ["--quick", "hot-stream"],
  chaos: ["--minutes", "0.1", "--nodes", "1"]
}

/** The program of this project that a script of package.json starts. */
const programOf = (script: string) => /scripts\/node\.cjs (?!node_modules|--watch)(\S+)/u.exec(script)?.[1]

/** Every script of package.json that runs a program of this project, with valid arguments. */
const { scripts } = JSON.parse(readFileSync(`${root}package.json`, "utf8")) as {
  readonly scripts: Readonly<Record<string, string>>
}
const programs: Readonly<Record<string, ReadonlyArray<string>>> = Object.fromEntries(
  Object.entries(scripts).flatMap(([name, script]) => {
    const program = programOf(script)
    // That of a board that is not there any more.
    if (program === undefined || !existsSync(`${root}${program}`)) return []
    return [[name, [program, ...(validArguments[name] ?? [])]]]
  })
)
const named = Object.entries(programs)

interface Ran {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
  readonly out: string
  readonly err: string
}

const started = (args: ReadonlyArray<string>, env: Readonly<Record<string, string>> = {}) =>
  Effect.acquireRelease(
    Effect.sync(() =>
      spawn(process.execPath, ["scripts/node.cjs", ...args], {
        cwd: root,
        env: { ...process.env, PORT: "0", CHROMIUM: process.execPath, ...env },
        stdio: ["ignore", "pipe", "pipe"]
      })
    ),
    (child) => Effect.sync(() => void child.kill("SIGKILL"))
  )

const ran = (args: ReadonlyArray<string>, env: Readonly<Record<string, string>> = {}) =>
  Effect.flatMap(started(args, env), (child) =>
    Effect.promise(async (): Promise<Ran> => {
      const texts = { out: "", err: "" }
      child.stdout.setEncoding("utf8").on("data", (text: string) => void (texts.out += text))
      child.stderr.setEncoding("utf8").on("data", (text: string) => void (texts.err += text))
      const [code, signal] = (await once(child, "close")) as [number | null, NodeJS.Signals | null]
      return { code, signal, ...texts }
    })
  )

/** These start no process. */
const spawnless = new Set(["api-docs", "diagram", "provision", "nats-config", "token"])

/** Makes `spawn` throw: all other programs first search for a nats-server, or run a test. */
const defective = Effect.map(temporaryFolder, (folder) => {
  const file = join(folder, "defect.mjs")
  writeFileSync(
    file,
    `import processes from "node:child_process"
import { syncBuiltinESMExports } from "node:module"
processes.spawn = processes.spawnSync = () => { throw new TypeError("injected", { cause: new Error("what is behind it") }) }
syncBuiltinESMExports()`
  )
  return { NODE_OPTIONS: `--import=${pathToFileURL(file)}` }
})

const mayMount = process.platform === "linux" && process.getuid?.() === 0

describe("Every program of package.json", () => {
  it("is found", () => assert.isAtLeast(named.length, 12))

  for (const [name, args] of named) {
    it.live(
      `${name} --help prints the usage, and does nothing else`,
      () =>
        Effect.gen(function* () {
          const { code, err, out } = yield* ran([args[0]!, "--help"], yield* defective)
          assert.deepStrictEqual({ code, err }, { code: 0, err: "" })
          assert.match(out, new RegExp(`^Usage: npm (?:run )?${name}\\b(?:.*\n)+\n[A-Z]`, "u"))
        }).pipe(Effect.scoped),
      60_000
    )

    it.live(
      `${name} rejects an unknown option, and prints the usage`,
      () =>
        Effect.gen(function* () {
          const { code, err } = yield* ran([args[0]!, "--nonsense"])
          assert.strictEqual(code, 1)
          assert.match(err, /^\n {2}✗ Unknown option '--nonsense'/u)
          assert.match(err, new RegExp(`^Usage: npm (?:run )?${name}\\b`, "mu"))
          assert.notMatch(err, /^ +at /mu)
        }).pipe(Effect.scoped),
      60_000
    )

    it.live.skipIf(spawnless.has(name) || (name === "chaos:power" && !mayMount))(
      `${name} reports a defect with its stack, its cause and the remedy`,
      () =>
        Effect.gen(function* () {
          const { code, err } = yield* ran(args, yield* defective)
          assert.strictEqual(code, 1)
          assert.match(err, /^ {2}✗ A defect in the program/mu)
          assert.match(err, /^ {4}TypeError: injected\n +at /mu)
          assert.include(err, "[cause]: Error: what is behind it")
          assert.match(err, /hotel-event-model \S+, Node \d+\.\d+\.\d+, \w+ \w+/u)
          assert.include(err, "Run it again")
        }).pipe(Effect.scoped),
      60_000
    )
  }
})

class Expected extends Data.TaggedError("Expected")<{ readonly message: string }> {}

describe("The error that ended a program", () => {
  it("is printed as a failure's own message, without a stack", () => {
    assert.deepStrictEqual(explain(Cause.fail(new Expected({ message: "The disk is full. Make room." }))), [
      "The disk is full. Make room."
    ])
  })

  it("is printed with a stack if it is an unexpected error, even as a failure", () => {
    const [text = ""] = explain(Cause.fail(new Error("thrown in a promise")))
    assert.match(text, /^A defect .*\n {4}Error: thrown in a promise\n +at /u)
  })

  it("is printed as both if both occurred, and not at all for an interrupt", () => {
    const both = Cause.combine(Cause.fail(new Expected({ message: "expected" })), Cause.die(new Error("found")))
    assert.deepStrictEqual(
      explain(both).map((text) => text.split("\n")[0]),
      ["expected", "A defect in the program, not in your input:"]
    )
    assert.deepStrictEqual(explain(Cause.interrupt()), [])
  })
})

/** A program that prints a line each 5 ms, so many times, and writes its outcome to a file. */
const printingProgram = (onClosedOutput: "end" | "finish", lines: number, end: string) => `
import { Console, Effect, Schedule } from "effect"
import { writeFileSync } from "node:fs"
import { run } from ${JSON.stringify(pathToFileURL(join(root, "src/app/program.ts")).href)}
run({
  usage: "Usage: none",
  onClosedOutput: "${onClosedOutput}",
  interrupted: 0,
  main: Console.log("a line").pipe(
    Effect.andThen(Console.error("another")),
    Effect.repeat(Schedule.spaced("5 millis").pipe(Schedule.upTo({ times: ${lines} }))),
    Effect.asVoid,
    Effect.onExit((exit) => Effect.sync(() => writeFileSync(${JSON.stringify(end)}, exit._tag)))
  )
})`

describe("A closed output", () => {
  const closing = (args: ReadonlyArray<string>, which: "stdout" | "stderr", env?: Readonly<Record<string, string>>) =>
    Effect.flatMap(started(args, env), (child) =>
      Effect.promise(async () => {
        const rest = which === "stdout" ? child.stderr : child.stdout
        let text = ""
        rest.setEncoding("utf8").on("data", (part: string) => void (text += part))
        child[which].once("data", () => child[which].destroy())
        const [code, signal] = (await once(child, "close")) as [number | null, NodeJS.Signals | null]
        return { code, signal, text }
      })
    )

  for (const which of ["stdout", "stderr"] as const) {
    for (const [onClosed, lines, outcome] of [
      ["end", 1_000_000, "Failure"],
      ["finish", 50, "Success"]
    ] as const) {
      it.live(`${which}: a program with onClosedOutput "${onClosed}" does that, with exit code 0 and no stack`, () =>
        Effect.gen(function* () {
          const folder = yield* temporaryFolder
          symlinkSync(join(root, "node_modules"), join(folder, "node_modules"), "junction")
          const [file, end] = [join(folder, "program.mjs"), join(folder, "end")]
          writeFileSync(file, printingProgram(onClosed, lines, end))
          const { code, signal, text } = yield* closing([file], which)
          assert.deepStrictEqual({ code, signal }, { code: 0, signal: null }, text)
          assert.notInclude(text, "EPIPE")
          assert.strictEqual(readFileSync(end, "utf8"), outcome)
        }).pipe(Effect.scoped)
      )
    }
  }

  it.live(
    "ends the hotel and its nats-server, with exit code 0",
    () =>
      Effect.gen(function* () {
        const DATA_DIR = yield* temporaryFolder
        const { code, signal, text } = yield* closing(["src/main.ts"], "stdout", { DATA_DIR })
        assert.deepStrictEqual({ code, signal, text }, { code: 0, signal: null, text: "" })
        assert.isFalse(existsSync(join(DATA_DIR, "nats-server.pid")))
      }).pipe(Effect.scoped),
    60_000
  )
})
