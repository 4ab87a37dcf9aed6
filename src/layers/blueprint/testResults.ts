import { hash } from "node:crypto"
import { globSync, readFileSync } from "node:fs"
import { join } from "node:path"
import { Option, Schema } from "effect"
import type { TestResult } from "#layers/contract/scenarioSchema.ts"

/** The results of a test run for the scenarios of some boards, and a digest of the tested code. */
export const TestResults = Schema.Struct({
  /** `codeDigest` of the tested code. */
  code: Schema.String,
  time: Schema.String,
  /** By board, slice title and scenario: whether it passed. */
  boards: Schema.Record(Schema.String, Schema.Record(Schema.String, Schema.Record(Schema.String, Schema.Boolean)))
})
export type TestResults = typeof TestResults.Type

const decode = Schema.decodeUnknownOption(Schema.fromJsonString(TestResults))

/** A digest of all the code in these folders: results of another digest are not used. */
export const codeDigest = (folders: ReadonlyArray<string>): string => {
  const files = folders.flatMap((folder) =>
    globSync("**/*.ts", { cwd: folder })
      .map((file) => file.replaceAll("\\", "/"))
      .sort()
      .map((file) => [file, hash("sha256", readFileSync(join(folder, file)))])
  )
  return hash("sha256", JSON.stringify(files), "base64url").slice(0, 22)
}

/** The results in a file; undefined if it is missing or cannot be decoded. */
export const readResults = (file: string): TestResults | undefined => {
  try {
    return Option.getOrUndefined(decode(readFileSync(file, "utf8")))
  } catch {
    return undefined
  }
}

/** The last result of a scenario. */
export type ResultOf = (sliceTitle: string, scenario: string) => TestResult

export const noResults: ResultOf = () => null

/** The results of one board, if they are of the same code. */
export const resultsOf = (board: string, code: string, results: TestResults | undefined): ResultOf => {
  const boardResults = results?.code === code ? results.boards[board] : undefined
  return (slice, scenario) => {
    const hasPassed = boardResults?.[slice]?.[scenario]
    return hasPassed === undefined ? null : hasPassed ? "passed" : "failed"
  }
}
