import { existsSync, globSync, readFileSync } from "node:fs"
import { dirname, join } from "node:path"
import { assert, describe, it } from "@effect/vitest"
import { Validation } from "#domain/model/index.ts"
import { problems } from "#layers/http/problems/problemTypes.ts"
import { template } from "#test/boards/templateBoard.ts"
import { isOfRemovedBoard } from "#test/support/removedBoard.ts"

const files = globSync(["*.md", "docs/**/*.md", "bench/*.md", "chaos/*.md", "examples/**/*.md"])
const { scripts } = JSON.parse(readFileSync("package.json", "utf8")) as { readonly scripts: Record<string, string> }

/** The anchor that a heading gets on the usual hosts, and those that are set by hand. */
const anchorsOf = (text: string): ReadonlySet<string> =>
  new Set([
    ...Array.from(text.matchAll(/^#+ (.*)$/gmu), ([, heading]) =>
      heading!
        .toLowerCase()
        .replaceAll(/[^\p{L}\p{N} _-]/gu, "")
        .trim()
        .replaceAll(" ", "-")
    ),
    ...Array.from(text.matchAll(/<a id="([^"]+)">/gu), ([, id]) => id!)
  ])

describe("The documentation", () => {
  it("is all found", () => assert.isAtLeast(files.length, 25))

  for (const file of files) {
    it(`links to existing files and headings: ${file}`, () => {
      const text = readFileSync(file, "utf8")
      for (const [, link = ""] of text.matchAll(/\]\((?!https?:|mailto:)([^)\s]+)\)/gu)) {
        const [path = "", anchor] = link.split("#")
        const target = path === "" ? file : join(dirname(file), path)
        assert.isTrue(existsSync(target) || isOfRemovedBoard(target), `${link} in ${file}`)
        if (anchor !== undefined && target.endsWith(".md"))
          assert.isTrue(anchorsOf(readFileSync(target, "utf8")).has(anchor), `${link} in ${file}`)
      }
    })

    it(`names existing scripts: ${file}`, () => {
      for (const [, script] of readFileSync(file, "utf8").matchAll(/npm run (?:--silent )?([a-z][a-z:-]*)/gu))
        assert.property(scripts, script!, file)
    })
  }

  it("shows in CONTRIBUTING.md a slice that is type checked, and of a board that violates no rule", () => {
    const [, shown] = /^```ts\n(.*?)^```$/msu.exec(readFileSync("CONTRIBUTING.md", "utf8"))!
    const source = readFileSync("test/boards/templateBoard.ts", "utf8").replace(
      "Actor, Board, Boundary",
      "Actor, Boundary"
    )
    assert.isTrue(source.startsWith(shown!), "copy the slice of test/boards/templateBoard.ts to CONTRIBUTING.md")
    assert.deepStrictEqual(Validation.violations(template), [])
  })

  it("names in docs/troubleshooting.md only problem codes that exist", () => {
    const codes = new Set(Object.keys(problems))
    const rows = Array.from(
      readFileSync("docs/troubleshooting.md", "utf8").matchAll(/^\| [45]\d\d ((?:`\w+`(?:, )?)+)/gmu),
      ([, names]) => Array.from(names!.matchAll(/\w+/gu), ([name]) => name)
    ).flat()
    assert.isAtLeast(rows.length, 10)
    for (const name of rows) assert.isTrue(codes.has(name), name)
  })
})
