import { setTimeout } from "node:timers/promises"
import type { App } from "../apps.ts"
import type { World } from "../faults/Fault.ts"
import { isWell } from "../servers.ts"

interface Readiness {
  readonly status: string
  readonly log: string
  readonly views: Readonly<Record<string, { readonly lag: number | null }>>
  readonly automations: Readonly<Record<string, { readonly lag: number | null }>>
}

const stateOf = async ({ name, url }: App): Promise<string | undefined> => {
  try {
    const response = await fetch(`${url}/health/ready`, { signal: AbortSignal.timeout(5_000) })
    const { automations, log, status, views } = (await response.json()) as Readiness
    const behind = Object.entries({ ...views, ...automations }).filter(([, { lag }]) => lag !== 0)
    if (behind.length > 0) {
      return `app ${name}: ${behind.map(([who, { lag }]) => `${who} has ${lag ?? "an unknown number of"} facts to take`).join(", ")}`
    }
    return status === "ready" ? undefined : `app ${name} is ${status}: ${log}`
  } catch (error) {
    return `app ${name} does not tell: ${String(error)}`
  }
}

/**
 * Waits until nodes and apps are well, every view and automation has taken its facts and every replica has what its
 * leader has. Answers with what did not come to rest in so many milliseconds.
 */
export const rest = async (world: World, millis: number): Promise<ReadonlyArray<string>> => {
  const until = performance.now() + millis
  await Promise.all(world.servers.nodes.map((node) => isWell(node, millis)))
  for (let calm = 0; ;) {
    const states = await Promise.all(world.apps.map(stateOf))
    const unrest = states.filter((state) => state !== undefined)
    calm = unrest.length === 0 ? calm + 1 : 0
    // What an automation adds last is on its way to views and lanes yet.
    if (calm === 4) return []
    if (performance.now() > until) return unrest.map((state) => `${state}, ${millis / 1000} s after healing`)
    await setTimeout(500)
  }
}
