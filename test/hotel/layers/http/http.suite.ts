import { layer } from "@effect/vitest"
import { servedHotel } from "#test/hotel/support/servedHttp.ts"
import type { Backend } from "#test/support/backends.ts"
import { acceptance } from "./acceptance.suite.ts"
import { cloudEvents } from "./commands/cloudEvents.suite.ts"
import { dryRun } from "./commands/dryRun.suite.ts"
import { ids } from "./commands/ids.suite.ts"
import { client } from "./contract/client.suite.ts"
import { asyncApi } from "./monitoring/asyncApiRoutes.suite.ts"
import { monitoring } from "./monitoring/monitoringRoutes.suite.ts"
import { searching } from "./monitoring/search.suite.ts"
import { problems } from "./problems/problems.suite.ts"
import { fuzz } from "./server/fuzz.suite.ts"
import { rows } from "./views/rows.suite.ts"
import { views } from "./views/viewRoutes.suite.ts"

/** The hotel over HTTP, on any backend. */
export const http = (backend: Backend) =>
  layer(servedHotel(backend), { excludeTestServices: true })(`HTTP on ${backend.name}`, (it) => {
    acceptance(it)
    ids(it)
    views(it)
    client(it)
    cloudEvents(it)
    problems(it)
    monitoring(it)
    asyncApi(it)
    rows(it)
    dryRun(it)
    searching(it)
    // Last: it uses rooms that the other suites expect to be unused.
    fuzz(it)
  })
