import { Data, Effect } from "effect"
import { execFile } from "node:child_process"
import { hash } from "node:crypto"
import { existsSync, globSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { stripVTControlCharacters } from "node:util"

/** What the page is built from; types that it takes from the layers leave nothing in it. */
const sources = ["web/**/*", "package-lock.json"]

/** In what is built: of which sources it was. */
const mark = ".sources"

/** The page could not be built. Everything else runs without it. */
export class PageNotBuilt extends Data.TaggedError("PageNotBuilt")<{ readonly reason: string }> {
  override get message() {
    return `The page could not be built: ${this.reason}. The API runs without it; put it right and start again.`
  }
}

const digestOf = (root: string): string => {
  const files = globSync(sources, { cwd: root, exclude: ["web/dist*/**"], withFileTypes: true })
    .filter((file) => file.isFile())
    .map((file) => join(file.parentPath, file.name))
    .sort()
  return hash(
    "sha256",
    JSON.stringify(files.map((file) => [file.slice(root.length), hash("sha256", readFileSync(file))]))
  )
}

/** The first error of a failed build and where it is: Vite prints headings before it, a code frame and a stack below. */
const firstError = (stderr: string): string =>
  stripVTControlCharacters(stderr)
    .split("\n")
    .map((line) => line.replace(/^\s*╭─/u, "").trim())
    .filter((line) => line !== "" && !/^(?:✗ |error during build|Build failed)/u.test(line))
    .slice(0, 2)
    .join(" ")

const vite = (root: string, outDir: string) =>
  Effect.callback<void, PageNotBuilt>((resume) => {
    const command = join(root, "node_modules", "vite", "bin", "vite.js")
    const args = [command, "build", "web", "--outDir", outDir, "--logLevel", "warn"]
    const child = execFile(process.execPath, args, { cwd: root }, (error, _, stderr) => {
      resume(error ? Effect.fail(new PageNotBuilt({ reason: firstError(stderr) || error.message })) : Effect.void)
    })
    return Effect.sync(() => child.kill())
  })

/** The page of the project in a folder: where it is once built, and what has to be done for that. */
export const pageOf = (root: string) => {
  const dist = join(root, "web", "dist")

  const isOf = (digest: string): boolean => {
    try {
      return readFileSync(join(dist, mark), "utf8") === digest && existsSync(join(dist, "index.html"))
    } catch {
      return false
    }
  }

  /** Puts what was built in its place. Another start that did the same meanwhile did it as well. */
  const replace = (fresh: string, digest: string) => {
    writeFileSync(join(fresh, mark), digest)
    rmSync(dist, { recursive: true, force: true, maxRetries: 5 })
    try {
      renameSync(fresh, dist)
    } catch (error) {
      if (!isOf(digest)) throw error
    }
  }

  /** A build with Vite; nothing where what is there was built of these very sources. */
  const build = Effect.sync((): Effect.Effect<void, PageNotBuilt> | undefined => {
    const digest = digestOf(root)
    if (isOf(digest)) return undefined
    const fresh = `${dist}-${process.pid}`
    return vite(root, fresh).pipe(
      Effect.andThen(
        Effect.try({
          try: () => replace(fresh, digest),
          catch: (error) => new PageNotBuilt({ reason: String(error) })
        })
      ),
      Effect.ensuring(Effect.sync(() => rmSync(fresh, { recursive: true, force: true })))
    )
  })

  return { dist, build }
}
