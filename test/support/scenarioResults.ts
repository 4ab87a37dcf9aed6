import { mkdirSync, writeFileSync } from "node:fs"
import { dirname } from "node:path"
import { codeDigest, readResults, type TestResults } from "#layers/blueprint/testResults.ts"

/**
 * Records the result of each scenario of a board. Results of an earlier run of the same code are kept for scenarios that
 * this run skips.
 */
export const scenarioResults = (file: string, folders: ReadonlyArray<string>) => {
  const outcomes: Array<readonly [board: string, slice: string, sentence: string, held: boolean]> = []
  return {
    /** Runs a scenario, records whether it holds, and throws its error. */
    note: (board: string, slice: string, sentence: string, scenario: () => void) => {
      let holds = false
      try {
        scenario()
        holds = true
      } finally {
        outcomes.push([board, slice, sentence, holds])
      }
    },
    write: () => {
      if (outcomes.length === 0) return
      const code = codeDigest(folders)
      const before = readResults(file)
      const boards: Record<string, Record<string, Record<string, boolean>>> = before?.code === code
        ? structuredClone(before.boards as {})
        : {}
      for (const [board, slice, sentence, holds] of outcomes) ((boards[board] ??= {})[slice] ??= {})[sentence] = holds
      const results: TestResults = { code, time: new Date().toISOString(), boards }
      mkdirSync(dirname(file), { recursive: true })
      writeFileSync(file, `${JSON.stringify(results, null, 2)}\n`)
    }
  }
}
