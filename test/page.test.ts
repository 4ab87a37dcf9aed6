import { assert, it } from "@effect/vitest"
import { Effect } from "effect"
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { pageOf } from "../src/page.ts"
import { temporaryFolder } from "./support/nats.ts"

const modules = fileURLToPath(new URL("../node_modules", import.meta.url))
const web = fileURLToPath(new URL("../web", import.meta.url))

it.live("the page is built once for its sources, and what is there stays while a build fails", () =>
  Effect.gen(function* () {
    const root = yield* temporaryFolder
    mkdirSync(join(root, "web", "src"), { recursive: true })
    symlinkSync(modules, join(root, "node_modules"), "junction")
    const write = (name: string, text: string) => writeFileSync(join(root, name), text)
    write("package-lock.json", "{}")
    write("web/index.html", `<script type="module" src="/src/a.ts"></script>`)
    write("web/src/a.ts", "document.title = 'one'")
    const { build, dist } = pageOf(root)
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
    const { build, dist } = pageOf(root)
    yield* (yield* build)!
    for (const name of ["index.html", "guest.html", "manager.html"]) assert.isTrue(existsSync(join(dist, name)), name)
  }).pipe(Effect.scoped)
)
