import { Data, Effect } from "effect"
import { execFile } from "node:child_process"
import { hash } from "node:crypto"
import { existsSync, globSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { fileURLToPath } from "node:url"

const root = fileURLToPath(new URL("../", import.meta.url))

/** Where the built page is. */
export const dist = join(root, "web", "dist")

/** Says of which sources the page was built. */
const builtOf = join(dist, ".sources")

/** What the page is built from; types that it takes from the layers leave nothing in it. */
const sources = ["web/**/*", "package-lock.json"]

/** The page could not be built. Everything else runs without it. */
export class PageNotBuilt extends Data.TaggedError("PageNotBuilt")<{ readonly reason: string }> {
  override get message() {
    return `The page could not be built: ${this.reason}. The API runs without it; put it right and start again.`
  }
}

const digestOf = (): string => {
  const files = globSync(sources, { cwd: root, exclude: ["web/dist*/**"] })
    .map((file) => file.replaceAll("\\", "/"))
    .filter((file) => /\.\w+$/u.test(file))
    .sort()
  return hash("sha256", JSON.stringify(files.map((file) => [file, hash("sha256", readFileSync(join(root, file)))])))
}

const isFresh = (digest: string): boolean => {
  try {
    return readFileSync(builtOf, "utf8") === digest && existsSync(join(dist, "index.html"))
  } catch {
    return false
  }
}

const vite = (outDir: string) =>
  Effect.callback<void, PageNotBuilt>((resume) => {
    const command = join(root, "node_modules", "vite", "bin", "vite.js")
    const child = execFile(
      process.execPath,
      [command, "build", "web", "--outDir", outDir, "--logLevel", "warn"],
      { cwd: root },
      (error, _, stderr) =>
        resume(
          error
            ? Effect.fail(
                new PageNotBuilt({ reason: (stderr.trim() || error.message).split("\n").slice(0, 3).join(" ") })
              )
            : Effect.void
        )
    )
    return Effect.sync(() => child.kill())
  })

/** Puts what was built in its place. Another start that did the same meanwhile did it as well. */
const replace = (fresh: string, digest: string) => {
  writeFileSync(join(fresh, ".sources"), digest)
  rmSync(dist, { recursive: true, force: true, maxRetries: 5 })
  try {
    renameSync(fresh, dist)
  } catch (error) {
    if (!isFresh(digest)) throw error
  }
}

/** What has to be done so that the page is there: a build with Vite, or nothing where it is built of these very sources. */
export const build: Effect.Effect<Effect.Effect<void, PageNotBuilt> | undefined> = Effect.sync(() => {
  const digest = digestOf()
  return isFresh(digest)
    ? undefined
    : Effect.suspend(() => {
        const fresh = `${dist}-${process.pid}`
        return vite(fresh).pipe(
          Effect.andThen(Effect.sync(() => replace(fresh, digest))),
          Effect.ensuring(Effect.sync(() => rmSync(fresh, { recursive: true, force: true })))
        )
      })
})
