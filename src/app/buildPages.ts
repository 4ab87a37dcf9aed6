import { execFile } from "node:child_process"
import { hash } from "node:crypto"
import { existsSync, globSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { stripVTControlCharacters } from "node:util"
import { Data, Effect } from "effect"
import { errorMessage } from "#layers/services/errorMessage.ts"

/** The sources of the pages. The types that they import from the layers are erased. */
const sources = ["web/**/*", "package-lock.json"]

/** The file in the build that names the digest of its sources. */
const sourcesDigestFile = ".sources"

/** The pages could not be built; the app runs without them. */
export class PageNotBuilt extends Data.TaggedError("PageNotBuilt")<{ readonly reason: string }> {
  override get message() {
    return `The page could not be built: ${this.reason}. The API runs without it; fix that and start again.`
  }
}

/** The dev dependencies, which build the pages, are not installed. */
export class BuilderMissing extends Data.TaggedError("BuilderMissing")<{ readonly isOutdated: boolean }> {
  override get message() {
    const problem = this.isOutdated
      ? "The pages are of an earlier build, since Vite is not installed"
      : "There are no pages, and so no wall, since Vite is not installed. The API runs without them"
    return `${problem}: run \`npm ci\`, which installs the dev dependencies too, and then \`npm run build\`.`
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

/** The error for a folder that cannot be written, such as a read-only checkout. */
const unwritable = (root: string, error: unknown): PageNotBuilt =>
  new PageNotBuilt({
    reason: `${join(root, "web")} cannot be written (${errorMessage(error)}); run \`npm run build\` where it can be, and copy web/dist`
  })

const viteBin = (root: string) => join(root, "node_modules", "vite", "bin", "vite.js")

const runVite = (root: string, outDir: string) =>
  Effect.callback<void, PageNotBuilt>((resume) => {
    const args = [viteBin(root), "build", "web", "--outDir", outDir, "--logLevel", "warn"]
    // Vite turns on Node's compile cache, which is never removed; its default is in the machine's temporary folder.
    const env = { ...process.env, NODE_COMPILE_CACHE: join(root, ".cache", "node") }
    const child = execFile(process.execPath, args, { cwd: root, env }, (error, _, stderr) => {
      resume(error ? Effect.fail(new PageNotBuilt({ reason: firstError(stderr) || error.message })) : Effect.void)
    })
    // Its output folder is removed next, so it must have ended by then.
    return Effect.callback<void>((ended) => {
      child.once("close", () => ended(Effect.void))
      if (!child.kill()) ended(Effect.void)
    }).pipe(Effect.timeoutOption("3 seconds"))
  })

/** Builds the pages of the project in the folder `root`. `dist` is the folder of the built pages. */
export const pageBuilder = (root: string) => {
  const dist = join(root, "web", "dist")

  const isBuiltFrom = (digest: string): boolean => {
    try {
      return readFileSync(join(dist, sourcesDigestFile), "utf8") === digest && existsSync(join(dist, "index.html"))
    } catch {
      return false
    }
  }

  /** Moves a build to `dist`. Fails only if a concurrent start has not moved the same build there. */
  const replace = (buildDir: string, digest: string) => {
    writeFileSync(join(buildDir, sourcesDigestFile), digest)
    rmSync(dist, { recursive: true, force: true, maxRetries: 5 })
    try {
      renameSync(buildDir, dist)
    } catch (error) {
      if (!isBuiltFrom(digest)) throw error
    }
  }

  /** Whether there are built pages, of these sources or of others. */
  const isThere = () => existsSync(join(dist, "index.html"))

  const buildInto = (digest: string) =>
    Effect.acquireUseRelease(
      Effect.try({ try: () => mkdtempSync(`${dist}-`), catch: (error) => unwritable(root, error) }),
      (buildDir) =>
        Effect.andThen(
          runVite(root, buildDir),
          Effect.try({
            try: () => replace(buildDir, digest),
            catch: (error) => new PageNotBuilt({ reason: String(error) })
          })
        ),
      (buildDir) => Effect.sync(() => rmSync(buildDir, { recursive: true, force: true, maxRetries: 5 }))
    )

  /**
   * A build with Vite; `undefined` if the pages were built from these sources, or came without sources, as in an image.
   */
  const build = Effect.sync((): Effect.Effect<void, PageNotBuilt | BuilderMissing> | undefined => {
    if (isThere() && !existsSync(join(root, "web", "index.html"))) return undefined
    const digest = digestOf(root)
    if (isBuiltFrom(digest)) return undefined
    return existsSync(viteBin(root)) ? buildInto(digest) : Effect.fail(new BuilderMissing({ isOutdated: isThere() }))
  })

  return { dist, isThere, build }
}
