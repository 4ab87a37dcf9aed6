import { setTimeout } from "node:timers/promises"
import { type JetStreamManager, jetstreamManager } from "@nats-io/jetstream"
import { connect } from "@nats-io/transport-node"
import * as Subject from "#layers/codec/Subject.ts"
import type { App } from "../apps.ts"
import type { World } from "../faults/Fault.ts"
import { waitUntilHealthy } from "../servers.ts"

interface Readiness {
  readonly status: string
  readonly log: string
  readonly views: Readonly<Record<string, { readonly lag: number | null }>>
  readonly automations: Readonly<Record<string, { readonly lag: number | null }>>
}

const unreadyReason = async ({ name, url }: App): Promise<string | undefined> => {
  try {
    const response = await fetch(`${url}/health/ready`, { signal: AbortSignal.timeout(5_000) })
    const { automations, log, status, views } = (await response.json()) as Readiness
    const lagging = Object.entries({ ...views, ...automations }).filter(([, { lag }]) => lag !== 0)
    if (lagging.length > 0) {
      return `app ${name}: ${lagging.map(([who, { lag }]) => `${who} has ${lag ?? "an unknown number of"} events pending`).join(", ")}`
    }
    // Undecodable messages published by a fault are dead letters; the checker compares them.
    return status === "ready" || status === "degraded" ? undefined : `app ${name} is ${status}: ${log}`
  } catch (error) {
    return `app ${name} does not answer: ${String(error)}`
  }
}

/** The id of the newest event on any of these subjects, from the leader; undefined if there is none. */
const lastEventId = async (
  manager: JetStreamManager,
  stream: string,
  subjects: ReadonlyArray<string>
): Promise<string | undefined> => {
  const found = await Promise.all(subjects.map((each) => manager.streams.getMessage(stream, { last_by_subj: each })))
  const newest = found.reduce((a, b) => ((b?.seq ?? 0) > (a?.seq ?? 0) ? b : a), null)
  return newest?.header.get("ce-id")
}

/** The derived streams that lack the newest events of the log. */
const laggingStreams = async ({ board, servers }: World): Promise<ReadonlyArray<string>> => {
  const derivations = [
    ...board.lanes.map((lane) => ({
      of: board.name,
      from: [Subject.laneFilter(board, lane)],
      stream: lane.name,
      to: [Subject.publishedFilter(lane)]
    })),
    { of: board.name, from: Subject.originalFilters(board), stream: "audit", to: ["audit.accepted.>"] },
    ...["audit.refused.>", "audit.unchanged.>"].map((all) => ({
      of: "audit-refused",
      from: [all],
      stream: "audit",
      to: [all]
    }))
  ]
  try {
    const connection = await connect({ servers: servers.nodes.map(({ port }) => `127.0.0.1:${port}`), timeout: 5_000 })
    try {
      const manager = await jetstreamManager(connection, { checkAPI: false, timeout: 5_000 })
      const lagging: Array<string> = []
      for (const { from, of, stream, to } of derivations) {
        const [expected, actual] = [await lastEventId(manager, of, from), await lastEventId(manager, stream, to)]
        if (expected !== actual) lagging.push(`${stream} does not have the newest of ${of} on ${from.join()}`)
      }
      return lagging
    } finally {
      await connection.close()
    }
  } catch (error) {
    return [`the servers do not answer: ${String(error)}`]
  }
}

/**
 * Waits until nodes and apps are healthy, and every view, automation, lane and audit has all its events. Returns the states
 * not reached within the timeout.
 */
export const waitForQuiescence = async (world: World, millis: number): Promise<ReadonlyArray<string>> => {
  const deadline = performance.now() + millis
  await Promise.all(world.servers.nodes.map((node) => waitUntilHealthy(node, millis)))
  for (let quietRounds = 0; ;) {
    const states = await Promise.all(world.apps.map(unreadyReason))
    const pending = [...states.filter((state) => state !== undefined), ...(await laggingStreams(world))]
    quietRounds = pending.length === 0 ? quietRounds + 1 : 0
    // Events that an automation appended last may still be on their way to views and lanes.
    if (quietRounds === 4) return []
    if (performance.now() > deadline) return pending.map((state) => `${state}, ${millis / 1000} s after healing`)
    await setTimeout(500)
  }
}
