import { existsSync, readFileSync } from "node:fs"
import { describe, expect, it } from "@effect/vitest"
import { committedDocuments } from "#layers/http/contract/committedDocuments.ts"
import { apps } from "#test/support/appBoards.ts"
import { defaultBoard } from "../../src/boards.ts"

const readOrEmpty = (file: string): string => {
  try {
    return readFileSync(file, "utf8")
  } catch {
    return ""
  }
}

/** Those of the board without `BOARD` are always there; another board need not have any. */
const documents = apps
  .filter(({ board, documents }) => board.name === defaultBoard || existsSync(documents))
  .flatMap(({ board, documents }) =>
    Object.entries(committedDocuments(board, documents)).map(([file, text]) => ({ board: board.name, file, text }))
  )

describe("The committed descriptions of the API", () => {
  it.each(documents)("$file is up to date", ({ board, file, text }) => {
    const isCurrent = readOrEmpty(file) === text
    const remedy = `run \`BOARD=${board} npm run api-docs\`, and commit it.`
    expect(isCurrent, `${file} is not what the board says now: ${remedy}`).toBe(true)
  })
})
