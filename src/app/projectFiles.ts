import { fileURLToPath } from "node:url"
import { Console, Effect } from "effect"
import { operatorRole } from "#layers/access/Access.ts"
import { signInPath } from "#layers/http/static/pageRoutes.ts"
import type { LiveSessions } from "#layers/services/LiveSessions.ts"
import { fileSuffix } from "../boards.ts"
import type { BoardApp } from "./BoardApp.ts"
import { pageBuilder } from "./buildPages.ts"
import { step } from "./startupLog.ts"

const projectPath = (path: string) => fileURLToPath(new URL(`../../${path}`, import.meta.url))

const pages = pageBuilder(projectPath(""))

const screenPaths = (screens: BoardApp["screens"]) => Object.keys(screens) as ReadonlyArray<`/${string}`>

/** The actors of a screen may open it, and operators. */
const screenAccess = (screens: BoardApp["screens"]): Readonly<Record<string, ReadonlyArray<string>>> =>
  Object.fromEntries(
    Object.entries(screens).map(([path, actors]) => [path, [...actors.map(({ name }) => name), operatorRole]])
  )

/**
 * The options of HTTP that name files of this project: the results of the last scenario run, and the built pages. The page
 * of live rows is there if they are switched on.
 */
export const projectHttpOptions = ({ board, code, screens }: BoardApp, live: LiveSessions | undefined) => ({
  tested: {
    results: projectPath(`.cache/scenarios${fileSuffix(board.name)}.json`),
    code: code.map(projectPath)
  },
  page: {
    folder: pages.dist,
    paths: ["/", ...screenPaths(screens), "/streams", ...(live ? ["/live" as const] : []), signInPath] as const,
    access: { ...screenAccess(screens), [signInPath]: "everyone" as const },
    connects: live ? { "/live": live.url } : {}
  },
  live
})

/** Builds the pages if they are outdated, and succeeds with whether there are any: a failed build is only reported. */
export const buildProjectPages = Effect.gen(function* () {
  const build = yield* pages.build
  if (build !== undefined) {
    yield* step("page built", "the page to be built", build).pipe(
      Effect.catch(({ message }) => Console.error(`  ! ${message}`))
    )
  }
  return pages.isThere()
})
