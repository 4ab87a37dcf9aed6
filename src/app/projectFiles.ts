import { fileURLToPath } from "node:url"
import { Console, Effect } from "effect"
import type { LiveSessions } from "#layers/services/LiveSessions.ts"
import { fileSuffix } from "../boards.ts"
import type { BoardApp } from "./BoardApp.ts"
import { pageBuilder } from "./buildPages.ts"
import { step } from "./startupLog.ts"

const projectPath = (path: string) => fileURLToPath(new URL(`../../${path}`, import.meta.url))

const pages = pageBuilder(projectPath(""))

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
    paths: ["/", ...screens, "/streams", ...(live ? ["/live" as const] : [])] as const,
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
