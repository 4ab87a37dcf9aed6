import { globSync, mkdtempSync, readFileSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { gzipSync } from "node:zlib"
import { assert, beforeAll, describe, it } from "@effect/vitest"
import { build } from "vite"

/** The maximum bytes of compressed script of a page. */
const maxScriptBytes = {
  "index.html": 48 * 1024,
  "guest.html": 24 * 1024,
  "manager.html": 24 * 1024,
  "streams.html": 24 * 1024,
  "live.html": 58 * 1024,
  "sign-in.html": 20 * 1024
}

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

  it("load little script each", () => {
    for (const [page, maxBytes] of Object.entries(maxScriptBytes)) {
      const { text } = files.find(({ name }) => name === page)!
      const loaded = Array.from(text.matchAll(/(?:src|href)="\/(assets\/[^"]+\.js)"/gu), ([, name]) => name)
      assert.isAbove(loaded.length, 1, page)
      const sizes = loaded.map((script) => gzipSync(files.find(({ name }) => name === script)!.bytes).length)
      assert.isAtMost(
        sizes.reduce((sum, size) => sum + size, 0),
        maxBytes,
        page
      )
    }
  })

  it("reference no other origin, and need nothing that their content security policy forbids", () => {
    const names = /(?:src|href)="https?:|url\(["']?(?:https?:)?\/\/|@import|fetch\("https?:/u
    for (const { name, text } of files.filter(({ name }) => /\.(?:html|css|js)$/u.test(name)))
      assert.notMatch(text, names, name)
    for (const { name, text } of files.filter(({ name }) => name.endsWith(".html"))) {
      assert.notMatch(text, /<style|\sstyle=|<script(?![^>]*\ssrc=)/u, name)
    }
  })

  it("refer to the hotel only on its own two screens", () => {
    const wall = files.filter(({ name }) =>
      /^assets\/(?!guest|manager|dates|Notice|liveQuery|nats-core)[^/]+\.js$/u.test(name)
    )
    assert.isAbove(wall.length, 0)
    for (const { name, text } of wall) assert.notMatch(text, /[Hh]otel|[Bb]ook-?[Rr]oom|checkin|cleanup/u, name)
  })
})
