import { existsSync, readFileSync } from "node:fs"
import { assert, describe, it } from "@effect/vitest"
import { isOfRemovedBoard } from "#test/support/removedBoard.ts"

const docs = new URL("../../docs/", import.meta.url)
const text = readFileSync(new URL("guarantees.md", docs), "utf8")

/** The rows of the tables with a column of tests. */
const rows = text
  .split("\n")
  .filter((line) => line.startsWith("| **"))
  .map((line) => line.split(" | ") as [promise: string, inFull: string, heldBy: string])

/** Each quoted test: its file, and its title. */
const named = Array.from(
  text.matchAll(/\]\((\.\.\/test\/[^)]+)\) "([^"]+)"/gu),
  ([, file, title]) => [file!, title!] as const
).filter(([file]) => !isOfRemovedBoard(file.replace("../", "")))

describe("The guarantees", () => {
  it("are rows of a table, each held by a test", () => {
    assert.isAbove(rows.length, 15)
    for (const [promise, , heldBy] of rows) assert.match(heldBy ?? "", /\]\(\.\.\/test\//u, promise)
  })

  it.each(named)("%s has a test named: %s", (file, title) => {
    const url = new URL(file, docs)
    assert.isTrue(existsSync(url), `there is no ${file}`)
    const source = readFileSync(url, "utf8")
    assert.include(source, title)
    assert.notMatch(source, /\b(?:it|test|describe)(?:\.\w+)*\.(?:skip|todo)\(/u, `${file} leaves tests out`)
  })
})
