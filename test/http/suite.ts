import { layer } from "@effect/vitest"
import { servedHotel } from "../support/http.ts"
import type { Ground } from "../support/services.ts"
import { client } from "./client.ts"
import { cloudEvents } from "./cloudEvents.ts"
import { ids } from "./ids.ts"
import { nonsense } from "./nonsense.ts"
import { problems } from "./problems.ts"
import { dryRun } from "./dryRun.ts"
import { rows } from "./rows.ts"
import { searching } from "./searching.ts"
import { seed } from "./seed.ts"
import { views } from "./views.ts"
import { watching } from "./watching.ts"

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
