import { hash } from "node:crypto"
import { globSync, readFileSync } from "node:fs"
import { join } from "node:path"
import { Option, Schema } from "effect"
import type { TestResult } from "#layers/contract/blueprintSchema.ts"

/** What a run of the tests says of the scenarios of some boards, and of which code. */
export const TestResults = Schema.Struct({
  /** `codeDigest` of what was tested. */
  code: Schema.String,
  time: Schema.String,
  /** By board, slice title and sentence: whether it held. */
  boards: Schema.Record(Schema.String, Schema.Record(Schema.String, Schema.Record(Schema.String, Schema.Boolean)))
})
export type TestResults = typeof TestResults.Type

const decode = Schema.decodeUnknownOption(Schema.fromJsonString(TestResults))

/** A digest of all the code in these folders: another one, and a result says nothing any more. */
export const codeDigest = (folders: ReadonlyArray<string>): string => {
  const files = folders.flatMap((folder) =>
    globSync("**/*.ts", { cwd: folder })
      .map((file) => file.replaceAll("\\", "/"))
      .sort()
      .map((file) => [file, hash("sha256", readFileSync(join(folder, file)))])
  )
  return hash("sha256", JSON.stringify(files), "base64url").slice(0, 22)
}

/** The results in a file; none if it is not there or says something else. */
export const readResults = (file: string): TestResults | undefined => {
  try {
    return Option.getOrUndefined(decode(readFileSync(file, "utf8")))
  } catch {
    return undefined
  }
}

/** What the last run said of a scenario. */
export type ResultOf = (sliceTitle: string, sentence: string) => TestResult

export const noResults: ResultOf = () => null

/** The results of one board, if they are of this very code. */
export const resultsOf = (board: string, code: string, results: TestResults | undefined): ResultOf => {
  const boardResults = results?.code === code ? results.boards[board] : undefined
  return (slice, sentence) => {
    const hasPassed = boardResults?.[slice]?.[sentence]
    return hasPassed === undefined ? null : hasPassed ? "passed" : "failed"
  }
}
