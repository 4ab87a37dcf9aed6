import { execFile } from "node:child_process"
import { hash } from "node:crypto"
import { existsSync, globSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { stripVTControlCharacters } from "node:util"
import { Data, Effect } from "effect"
import { errorMessage } from "#layers/services/errorMessage.ts"

/** What the page is built from; types that it takes from the layers leave nothing in it. */
const sources = ["web/**/*", "package-lock.json"]

/** In what is built: of which sources it was. */
const sourcesDigestFile = ".sources"

/** The pages could not be built. Everything else runs without them. */
export class PageNotBuilt extends Data.TaggedError("PageNotBuilt")<{ readonly reason: string }> {
  override get message() {
    return `The page could not be built: ${this.reason}. The API runs without it; put it right and start again.`
  }
}

/** What builds the pages was left out of the installation. */
export class BuilderMissing extends Data.TaggedError("BuilderMissing")<{ readonly isOutdated: boolean }> {
  override get message() {
    const what = this.isOutdated
      ? "The pages are of an earlier build, since what builds them is not installed"
      : "There are no pages, and so no wall, since what builds them is not installed. The API runs without them"
    return `${what}: run \`npm ci\`, which brings the dev dependencies too, and then \`npm run build\`.`
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

/** A folder that cannot be written, as that of a read-only checkout, in words that say what to do. */
const unwritable = (root: string, error: unknown): PageNotBuilt =>
  new PageNotBuilt({
    reason: `${join(root, "web")} cannot be written (${errorMessage(error)}); run \`npm run build\` where it can be, and copy web/dist`
  })

const viteBin = (root: string) => join(root, "node_modules", "vite", "bin", "vite.js")

const runVite = (root: string, outDir: string) =>
  Effect.callback<void, PageNotBuilt>((resume) => {
    const args = [viteBin(root), "build", "web", "--outDir", outDir, "--logLevel", "warn"]
    // Vite lets Node keep what it compiles; unless told where, in the machine's folder for temporary files, for good.
    const env = { ...process.env, NODE_COMPILE_CACHE: join(root, ".cache", "node") }
    const child = execFile(process.execPath, args, { cwd: root, env }, (error, _, stderr) => {
      resume(error ? Effect.fail(new PageNotBuilt({ reason: firstError(stderr) || error.message })) : Effect.void)
    })
    // What it has written is removed after it: it must have ended by then.
    return Effect.callback<void>((ended) => {
      child.once("close", () => ended(Effect.void))
      if (!child.kill()) ended(Effect.void)
    }).pipe(Effect.timeoutOption("3 seconds"))
  })

/** The pages of the project in a folder: where they are once built, whether they are, and what has to be done for that. */
export const pageBuilder = (root: string) => {
  const dist = join(root, "web", "dist")

  const isBuiltFrom = (digest: string): boolean => {
    try {
      return readFileSync(join(dist, sourcesDigestFile), "utf8") === digest && existsSync(join(dist, "index.html"))
    } catch {
      return false
    }
  }

  /** Puts what was built in its place. Another start that did the same meanwhile did it as well. */
  const replace = (buildDir: string, digest: string) => {
    writeFileSync(join(buildDir, sourcesDigestFile), digest)
    rmSync(dist, { recursive: true, force: true, maxRetries: 5 })
    try {
      renameSync(buildDir, dist)
    } catch (error) {
      if (!isBuiltFrom(digest)) throw error
    }
  }

  /** Whether there are pages, of these sources or of others. */
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
   * A build with Vite; nothing where what is there was built of these very sources, or came without sources, as in an image.
   */
  const build = Effect.sync((): Effect.Effect<void, PageNotBuilt | BuilderMissing> | undefined => {
    if (isThere() && !existsSync(join(root, "web", "index.html"))) return undefined
    const digest = digestOf(root)
    if (isBuiltFrom(digest)) return undefined
    return existsSync(viteBin(root)) ? buildInto(digest) : Effect.fail(new BuilderMissing({ isOutdated: isThere() }))
  })

  return { dist, isThere, build }
}
