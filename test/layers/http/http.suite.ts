import { layer } from "@effect/vitest"
import { servedHotel } from "#test/support/http.ts"
import type { Ground } from "#test/support/services.ts"
import { seed } from "./acceptance.suite.ts"
import { cloudEvents } from "./commands/cloudEvents.suite.ts"
import { dryRun } from "./commands/dryRun.suite.ts"
import { ids } from "./commands/ids.suite.ts"
import { client } from "./contract/client.suite.ts"
import { watching } from "./monitoring/monitoringRoutes.suite.ts"
import { searching } from "./monitoring/search.suite.ts"
import { problems } from "./problems/problems.suite.ts"
import { nonsense } from "./server/fuzz.suite.ts"
import { rows } from "./views/rows.suite.ts"
import { views } from "./views/viewRoutes.suite.ts"

/** The hotel over HTTP, on whatever it runs. */
export const http = (ground: Ground) =>
  layer(servedHotel(ground), { excludeTestServices: true })(`HTTP on ${ground.name}`, (it) => {
    seed(it)
    ids(it)
    views(it)
    client(it)
    cloudEvents(it)
    problems(it)
    watching(it)
    rows(it)
    dryRun(it)
    searching(it)
    // Last: it uses rooms that the others take for fresh.
    nonsense(it)
  })
