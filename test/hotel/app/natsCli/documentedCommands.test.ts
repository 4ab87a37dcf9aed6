import { spawnSync } from "node:child_process"
import { globSync, readFileSync, symlinkSync } from "node:fs"
import { basename, join, resolve } from "node:path"
import { assert, describe, it } from "@effect/vitest"
import { Effect, Schedule } from "effect"
import {
  commandsIn,
  differenceOf,
  type DocumentedCommand,
  documents,
  inlineNatsCommands
} from "#test/support/documentedCommands.ts"
import { startApp } from "#test/support/startApp.ts"
import { hasTerminal, typed } from "#test/support/terminal.ts"
import { temporaryFolder } from "#test/support/testServer.ts"

const hasTools = hasTerminal && ["nats", "curl"].every((tool) => spawnSync(tool, ["--version"]).status === 0)

/** Texts whose calls of HTTP and tools are run as well, in this order: the first makes the hotel that the second looks at. */
const whole = ["README.md", "docs/debugging.md"]
/** Last, since its commands change streams. */
const last = "docs/operations.md"
const inOrder = [...whole, ...documents.filter((file) => !whole.includes(file) && file !== last), last]

const callsNats = ({ text }: DocumentedCommand) => /(?:^|[\s(|])nats\s/u.test(text)
const callsTool = ({ text }: DocumentedCommand) => /^(?:curl|(?:[A-Z_]+=\S+ )*npm run) /u.test(text)
const commands = inOrder.flatMap((file) =>
  commandsIn(file).filter((command) => callsNats(command) || (whole.includes(file) && callsTool(command)))
)

/** A checkout of its own, so that `.data` is that of no other hotel. */
const checkout = Effect.map(temporaryFolder, (folder) => {
  for (const name of ["package.json", "scripts", "src", "web", "node_modules"])
    symlinkSync(resolve(name), join(folder, name))
  return folder
})

interface Readiness {
  readonly views: Readonly<Record<string, { readonly lag: number }>>
  readonly automations: Readonly<Record<string, { readonly lag: number }>>
}

/** Waits until views and automations have processed the log, as they have for a reader who types. */
const settled = (url: string) =>
  Effect.promise(async () => (await (await fetch(`${url}/health/ready`)).json()) as Readiness).pipe(
    Effect.repeat({
      until: ({ automations, views }) =>
        [...Object.values(views), ...Object.values(automations)].every(({ lag }) => lag === 0),
      schedule: Schedule.spaced("20 millis")
    })
  )

describe("The commands in the documentation", () => {
  it("are all run, by the test below or by the one that they name", () => {
    assert.isAtLeast(commands.filter(callsNats).length, 25)
    for (const file of documents) {
      const lines = readFileSync(file, "utf8").match(/^ *(?:\$ )?nats\s/gmu) ?? []
      const inBlocks = commandsIn(file).filter(({ text }) => text.startsWith("nats "))
      assert.lengthOf(inBlocks, lines.length, `${file} has a line of nats outside of a block of sh`)
    }
    for (const { runBy, where } of documents.flatMap(commandsIn)) {
      if (runBy === undefined) continue
      const [file] = globSync(`test/**/${runBy}`)
      assert.isDefined(file, `${where} names ${runBy}, which does not exist`)
      assert.include(readFileSync(file!, "utf8"), `commandsRunBy("${basename(runBy)}")`, where)
    }
  })

  it("are in blocks where the text quotes one of nats, or its beginning", () => {
    const all = documents.flatMap(commandsIn)
    const quoted = documents.flatMap((file) => inlineNatsCommands(file).map((command) => ({ file, command })))
    assert.isAtLeast(quoted.length, 5)
    for (const { command, file } of quoted) {
      assert.isTrue(
        all.some(({ text }) => text.startsWith(command)),
        `${file}: \`${command}\` is in no shell block, so no test runs it`
      )
    }
  })

  it("are compared with their output by its shape", () => {
    const expected = ["a: 1 at 2022-12-12 10:00:00", "b │ …", "c 13 KiB"]
    const output = "c   2 B\n╭──╮\n\u001b[1mb\u001b[0m │ what ever\na: 1 at 2030-01-01 23:59:59\n"
    assert.isUndefined(differenceOf(expected, output))
    assert.strictEqual(
      differenceOf(expected, output.replace("a: 1", "a: 2")),
      "- a: 1 at 2022-12-12 10:00:00\n+ a: 2 at <time>"
    )
    assert.strictEqual(differenceOf(expected, `${output}more\n`), "+ more")
    assert.isUndefined(differenceOf([...expected, "…"], `${output}more\n`))
  })

  it.live.skipIf(!hasTools)(
    "work on a hotel of npm start, and print what is documented (skipped without nats, curl and script)",
    () =>
      Effect.gen(function* () {
        const cwd = yield* checkout
        const app = yield* startApp({ NATS_PORT: "0" }, ["npm", "start"], cwd)
        const nats = app.nats!.replace("nats://", "")
        const env = { NATS_URL: app.nats, XDG_CONFIG_HOME: join(cwd, "config"), NATS_CONTEXT: undefined }
        for (const { expected, isEndless, runBy, text, where } of commands) {
          if (runBy !== undefined) continue
          const line = text.replaceAll("http://127.0.0.1:3000", app.url).replaceAll(/127\.0\.0\.1:422\d/gu, nats)
          let tries = 0
          const difference = yield* Effect.gen(function* () {
            const isDone = (output: string) =>
              differenceOf(expected ?? ["…"], output) === undefined && output.includes("\n")
            const { code, output } = yield* typed(line, { cwd, env, ...(isEndless && { interruptWhen: isDone }) })
            if (isEndless ? code === 143 || output.includes("nats: error") : code !== 0)
              return `exit code ${code}\n${output}`
            // The calls of the README include a rejected one; its own test knows their statuses.
            if (!where.startsWith("README") && /"status":[45]\d\d,"code"/u.test(output)) return output
            return output.trim() === "" ? "no output" : expected && differenceOf(expected, output)
          }).pipe(
            // Lanes and rows follow the log within moments. What changes something is typed once.
            Effect.repeat({
              until: (found) => found === undefined || tries++ === 4 || line.includes("--context"),
              schedule: Schedule.spaced("500 millis")
            })
          )
          assert.isUndefined(difference, `${where}: ${line}\n${difference}`)
          if (text.startsWith("curl")) yield* settled(app.url)
        }
      }).pipe(Effect.scoped),
    180_000
  )
})
