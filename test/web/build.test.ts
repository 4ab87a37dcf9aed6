import { assert, beforeAll, describe, it } from "@effect/vitest"
import { globSync, mkdtempSync, readFileSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { gzipSync } from "node:zlib"
import { build } from "vite"

const mostScript = 48 * 1024

describe("The built pages", () => {
  let files: ReadonlyArray<{ readonly name: string; readonly text: string; readonly bytes: Buffer }> = []

  beforeAll(async () => {
    const outDir = mkdtempSync(join(tmpdir(), "hotel-pages-"))
    try {
      await build({ root: "web", configFile: "web/vite.config.ts", logLevel: "error", build: { outDir } })
      files = globSync("**/*.*", { cwd: outDir }).map((name) => {
        const bytes = readFileSync(join(outDir, name))
        return { name, bytes, text: bytes.toString("latin1") }
      })
    } finally {
      rmSync(outDir, { recursive: true, force: true })
    }
  })

  it("have little script, all pages together", () => {
    const scripts = files.filter(({ name }) => name.endsWith(".js"))
    const size = scripts.reduce((sum, { bytes }) => sum + gzipSync(bytes).length, 0)
    assert.isAbove(scripts.length, 2)
    assert.isAtMost(size, mostScript)
  })

  it("name no place elsewhere, and need nothing that the pages' policy forbids", () => {
    const names = /(?:src|href)="https?:|url\(["']?(?:https?:)?\/\/|@import|fetch\("https?:/u
    for (const { name, text } of files.filter(({ name }) => /\.(?:html|css|js)$/u.test(name)))
      assert.notMatch(text, names, name)
    for (const { name, text } of files.filter(({ name }) => name.endsWith(".html"))) {
      assert.notMatch(text, /<style|\sstyle=|<script(?![^>]*\ssrc=)/u, name)
    }
  })

  it("know the hotel only on its own two screens", () => {
    const wall = files.filter(({ name }) => /^assets\/(?!guest|manager|dates|Notice|refreshed)[^/]+\.js$/u.test(name))
    assert.isAbove(wall.length, 0)
    for (const { name, text } of wall) assert.notMatch(text, /[Hh]otel|[Bb]ook-?[Rr]oom|checkin|cleanup/u, name)
  })
})
