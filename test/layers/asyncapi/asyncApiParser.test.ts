import { execFile } from "node:child_process"
import { existsSync } from "node:fs"
import { fileURLToPath } from "node:url"
import { promisify } from "node:util"
import { assert, beforeAll, describe, it } from "@effect/vitest"
import { asyncApiDocument } from "#layers/http/monitoring/asyncApiRoutes.ts"
import { lending } from "#test/boards/lendingBoard.ts"
import { library } from "#test/boards/libraryBoard.ts"
import { notebook } from "#test/boards/notesBoard.ts"
import { school } from "#test/boards/schoolBoard.ts"
import { appBoards } from "#test/support/appBoards.ts"

const folder = fileURLToPath(new URL("parser/", import.meta.url))
const entry = `${folder}node_modules/@asyncapi/parser/cjs/index.js`

interface Parsed {
  readonly document: { readonly version: () => string } | undefined
  readonly diagnostics: ReadonlyArray<{ readonly message: string; readonly path: ReadonlyArray<string | number> }>
}

/** The parser has 168 packages: npm installs them into a folder of their own on first use, without their scripts. */
const install = async () => {
  const npm = process.platform === "win32" ? "npm.cmd" : "npm"
  const args = ["ci", "--ignore-scripts", "--no-audit", "--no-fund", "--prefix", folder]
  if (!existsSync(entry)) await promisify(execFile)(npm, args, { timeout: 150_000 })
  const { Parser } = (await import(entry)) as {
    readonly Parser: new () => { readonly parse: (text: string) => Promise<Parsed> }
  }
  return new Parser()
}

describe("The AsyncAPI parser", () => {
  let parser: Awaited<ReturnType<typeof install>> | undefined
  beforeAll(async () => {
    parser = await install().catch((error: unknown) => {
      console.warn(`The AsyncAPI parser could not be installed, so its tests are skipped: ${String(error)}`)
      return undefined
    })
  }, 180_000)

  it.each([...appBoards, library, lending, school, notebook])(
    "finds nothing wrong with the document of $title",
    async (board) => {
      if (!parser) return
      const { diagnostics, document } = await parser.parse(JSON.stringify(asyncApiDocument(board)))
      assert.deepStrictEqual(
        diagnostics.map(({ message, path }) => `${path.join("/")}: ${message}`),
        []
      )
      assert.strictEqual(document!.version(), "3.1.0")
    }
  )

  it("finds what is wrong with another", async ({ skip }) => {
    if (!parser) return skip()
    const { channels, ...document } = asyncApiDocument(library)
    const { diagnostics } = await parser.parse(JSON.stringify({ ...document, channels: { a: { address: "a.{b}" } } }))
    assert.isNotEmpty(diagnostics)
  })
})
