import { globSync, readFileSync } from "node:fs"

/** A command in a shell block of the documentation. */
export interface DocumentedCommand {
  /** File and line. */
  readonly where: string
  /** As it is written, with its comment. */
  readonly text: string
  /** `# Ctrl-C ends it`: it runs until it is interrupted. */
  readonly isEndless: boolean
  /** `# run by <file>.test.ts`: the test that runs it, if it needs what a hotel of `npm start` does not have. */
  readonly runBy: string | undefined
  /** The lines of the `text` block behind it. */
  readonly expected: ReadonlyArray<string> | undefined
}

/** The documentation whose commands are run. Decisions are records: they quote what was true when they were made. */
export const documents: ReadonlyArray<string> = ["README.md", ...globSync("docs/*.md").sort()]

const shellBlock = /^( *)```sh\n(.*?)^ *```$(?:\n\s*^ *```text\n(.*?)^ *```$)?/gmsu

const linesOf = (block: string, indent: string): ReadonlyArray<string> =>
  block.split("\n").map((line) => line.slice(indent.length).trimEnd())

/** The commands of a text's shell blocks. A line that begins with a space, or follows a backslash, continues the one before. */
export const commandsIn = (file: string): ReadonlyArray<DocumentedCommand> => {
  const text = readFileSync(file, "utf8")
  return [...text.matchAll(shellBlock)].flatMap(({ index, 1: indent = "", 2: block = "", 3: output }) => {
    const firstLine = text.slice(0, index).split("\n").length + 1
    const commands: Array<{ line: number; text: string }> = []
    linesOf(block, indent).forEach((line, n) => {
      if (/^\S/u.test(line)) commands.push({ line: firstLine + n, text: line })
      else if (line !== "") commands.at(-1)!.text += `\n${line}`
    })
    const expected = output === undefined ? undefined : linesOf(output, indent).filter((line) => line !== "")
    if (expected && commands.length !== 1) throw new Error(`${file}:${firstLine}: one command has the output below it`)
    return commands.map(({ line, text }) => ({
      where: `${file}:${line}`,
      text,
      isEndless: /# .*Ctrl-C ends it/u.test(text),
      runBy: /# .*run by (\w+\.test\.ts)/u.exec(text)?.[1],
      expected
    }))
  })
}

/** The commands that the documentation leaves to this test. */
export const commandsRunBy = (test: string): ReadonlyArray<DocumentedCommand> => {
  const found = documents.flatMap(commandsIn).filter(({ runBy }) => runBy === test)
  if (found.length === 0) throw new Error(`no command of the documentation is run by ${test}`)
  return found
}

/** The commands in prose: "`nats kv watch booking-v1`". */
export const inlineNatsCommands = (file: string): ReadonlyArray<string> =>
  Array.from(
    readFileSync(file, "utf8")
      .replaceAll(/^ *```.*?^ *```$/gmsu, "")
      .matchAll(/`(nats\s[^`]+)`/gu),
    ([, command]) => command!.replaceAll(/\s+/gu, " ")
  )

const shapes: ReadonlyArray<readonly [RegExp, string]> = [
  // eslint-disable-next-line no-control-regex
  [/\u001b\[[\d;?]*[a-zA-Z]|[\u001b\u0007][78]?|\r/gu, ""],
  [/[─╭╮╰╯├┤┬┴┼│]+/gu, "│"],
  // Ids first: a part of one may look like a duration (`410d`).
  [/\b[\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12}\b|\bN[A-Z2-7]{55}\b/gu, "<id>"],
  [/(?<![\w.-])(?=[\w-]*\d)[\w-]{22}(?![\w.-])/gu, "<id>"],
  [/\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?:\.\d+)?(?:Z| \+0000 UTC)?|\b\d\d:\d\d:\d\d\b/gu, "<time>"],
  [/\b(?:\d+(?:\.\d+)?(?:d|h|ms|m|µs|s))+\b/gu, "<duration>"],
  [/\b\d+(?:\.\d+)? (?:[KMGT]i)?B\b/gu, "<size>"],
  [/\s+/gu, " "]
]
const shapeOf = (line: string) => shapes.reduce((text, [from, to]) => text.replaceAll(from, to), line).trim()

/** What `nats` prints when it acknowledges a message without permission to; it reads on. */
const isNoise = (line: string) => line.includes('Permissions Violation for Publish to "$JS.ACK.')

const escaped = (text: string) => text.replaceAll(/[.*+?^${}()|[\]\\]/gu, String.raw`\$&`)
const patternOf = (line: string) => new RegExp(`^${shapeOf(line).split("…").map(escaped).join(".*")}$`, "u")

/**
 * Where an output differs from the documented one; undefined if it does not. Times, durations, sizes and ids count as equal, and
 * so do table borders and spaces. `…` stands for anything in a line, and alone for any other lines. Lines may come in any order,
 * since `nats` prints headers in any.
 */
export const differenceOf = (expected: ReadonlyArray<string>, output: string): string | undefined => {
  const lines = output
    .split("\n")
    .filter((line) => !isNoise(line))
    .map(shapeOf)
    .filter((line) => !/^│?$/u.test(line))
  const patterns = expected.filter((line) => line.trim() !== "…" && !/^│?$/u.test(shapeOf(line)))
  const missing = patterns.filter((line) => !lines.some((found) => patternOf(line).test(found)))
  const known = patterns.map(patternOf)
  const surplus = expected.some((line) => line.trim() === "…")
    ? []
    : lines.filter((found) => !known.some((pattern) => pattern.test(found)))
  const differences = [...missing.map((line) => `- ${line}`), ...surplus.map((line) => `+ ${line}`)]
  return differences.length === 0 ? undefined : differences.join("\n")
}
