import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { assert, it } from "@effect/vitest"
import { Effect } from "effect"
import { pageBuilder } from "#app/buildPages.ts"
import { makeReadOnly } from "#test/support/makeReadOnly.ts"
import { temporaryFolder } from "#test/support/testServer.ts"

const modules = fileURLToPath(new URL("../../node_modules", import.meta.url))
const web = fileURLToPath(new URL("../../web", import.meta.url))

it.live("the pages are built once for their sources, and a failed build leaves the earlier ones", () =>
  Effect.gen(function* () {
    const root = yield* temporaryFolder
    mkdirSync(join(root, "web", "src"), { recursive: true })
    symlinkSync(modules, join(root, "node_modules"), "junction")
    const write = (name: string, text: string) => writeFileSync(join(root, name), text)
    write("package-lock.json", "{}")
    write("web/index.html", `<script type="module" src="/src/a.ts"></script>`)
    write("web/src/a.ts", "document.title = 'one'")
    const { build, dist } = pageBuilder(root)
    const built = () =>
      readdirSync(join(dist, "assets"))
        .map((name) => readFileSync(join(dist, "assets", name), "utf8"))
        .join()

    yield* (yield* build)!
    assert.include(built(), "one")
    assert.isUndefined(yield* build)

    write("web/src/a.ts", "document.title = 'two'")
    yield* (yield* build)!
    assert.include(built(), "two")
    assert.isUndefined(yield* build)

    write("web/src/a.ts", "document.title = ")
    const failed = yield* Effect.flip((yield* build)!)
    assert.match(
      failed.message,
      /^The page could not be built: \[\S+\] Unexpected token \[ web\/src\/a\.ts:1:18 \]\. The API runs without it/u
    )
    assert.include(built(), "two")
    assert.isDefined(yield* build)
    assert.deepStrictEqual(readdirSync(join(root, "web")).sort(), ["dist", "index.html", "src"])

    write("web/src/a.ts", "document.title = 'two'")
    assert.isUndefined(yield* build)
    write("package-lock.json", "{ }")
    assert.isDefined(yield* build)
  }).pipe(Effect.scoped)
)

it.live("the pages are built in a folder whose path has spaces and letters outside ASCII", () =>
  Effect.gen(function* () {
    const root = join(yield* temporaryFolder, "mon hôtel #1")
    cpSync(web, join(root, "web"), { recursive: true, filter: (file) => !file.includes("dist") })
    symlinkSync(modules, join(root, "node_modules"), "junction")
    writeFileSync(join(root, "package-lock.json"), "{}")
    const { build, dist } = pageBuilder(root)
    yield* (yield* build)!
    for (const name of ["index.html", "guest.html", "manager.html"]) assert.isTrue(existsSync(join(dist, name)), name)
  }).pipe(Effect.scoped)
)

/** A project with only these parts. */
const project = Effect.fnUntraced(function* (has: {
  readonly sources: boolean
  readonly pages: boolean
  readonly vite: boolean
}) {
  const root = yield* temporaryFolder
  mkdirSync(join(root, "web"))
  writeFileSync(join(root, "package-lock.json"), "{}")
  if (has.sources) writeFileSync(join(root, "web", "index.html"), "<p>source</p>")
  if (has.vite) symlinkSync(modules, join(root, "node_modules"), "junction")
  if (has.pages) {
    mkdirSync(join(root, "web", "dist"))
    writeFileSync(join(root, "web", "dist", "index.html"), "<p>built</p>")
  }
  return { root, ...pageBuilder(root) }
})

it.live("a build leaves nothing in the temporary folder", () =>
  Effect.gen(function* () {
    const { build } = yield* project({ sources: true, pages: false, vite: true })
    const temporary = yield* temporaryFolder
    const before = process.env["TMPDIR"]
    process.env["TMPDIR"] = temporary
    yield* (yield* build)!.pipe(
      Effect.ensuring(
        Effect.sync(() => {
          if (before === undefined) delete process.env["TMPDIR"]
          else process.env["TMPDIR"] = before
        })
      )
    )
    assert.deepStrictEqual(readdirSync(temporary), [])
  }).pipe(Effect.scoped)
)

it.live("pages without sources are not rebuilt, with or without Vite", () =>
  Effect.gen(function* () {
    for (const vite of [true, false]) {
      const { build, isThere } = yield* project({ sources: false, pages: true, vite })
      assert.isUndefined(yield* build)
      assert.isTrue(isThere())
    }
  }).pipe(Effect.scoped)
)

it.live("without Vite one sentence says that pages are missing or outdated, and the remedy", () =>
  Effect.gen(function* () {
    for (const pages of [false, true]) {
      const { build, isThere } = yield* project({ sources: true, pages, vite: false })
      const { message } = yield* Effect.flip((yield* build)!)
      assert.match(message, pages ? /^The pages are of an earlier build, / : /^There are no pages, and so no wall, /u)
      assert.match(message, /not installed.*run `npm ci`.*`npm run build`\.$/u)
      assert.strictEqual(isThere(), pages)
    }
  }).pipe(Effect.scoped)
)

it.live.skipIf(process.platform === "win32")(
  "the error for a folder that cannot be written names it and the remedy",
  () =>
    Effect.gen(function* () {
      const { build, isThere, root } = yield* project({ sources: true, pages: false, vite: true })
      // In a container root cannot mount anything.
      if (!(yield* makeReadOnly(join(root, "web")))) return
      const { message } = yield* Effect.flip((yield* build)!)
      assert.match(
        message,
        /^The page could not be built: \S+web cannot be written \(.+\); run `npm run build` where it can/u
      )
      assert.notInclude(message, "    at ")
      assert.isFalse(isThere())
    }).pipe(Effect.scoped)
)
