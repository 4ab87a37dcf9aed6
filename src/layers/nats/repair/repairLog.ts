import { randomUUID } from "node:crypto"
import type { JetStreamManager } from "@nats-io/jetstream"
import { Array, Data, Effect } from "effect"
import type { Board } from "#domain/model/index.ts"
import * as Subject from "#layers/codec/Subject.ts"
import { sizeOf, stretches } from "#layers/nats/integrity/findings.ts"
import { asked, eachOf, type Inventory, inventory } from "#layers/nats/integrity/inventory.ts"
import { infoOf } from "#layers/nats/integrity/logState.ts"
import { rebuiltStream } from "#layers/nats/integrity/rebuiltStream.ts"
import { prepareSources } from "#layers/nats/integrity/sourceStarts.ts"
import { identity } from "#layers/nats/provision/provision.ts"
import { streamsOf } from "#layers/nats/provision/streamConfigs.ts"
import { appendAt, eventAt } from "./eventCopy.ts"
import { gather, gatheredPlan, type Plan, replace, type Tools } from "./rewriteLog.ts"

/** Some of what the log lacks is nowhere. */
export class NotRebuildable extends Data.TaggedError("NotRebuildable")<{ readonly lost: Inventory["lost"] }> {
  override get message() {
    return (
      `The log cannot be rebuilt: of ${sizeOf(this.lost)} of its events neither the audit nor a lane has a copy ` +
      `(positions ${stretches(this.lost)}). Nothing was changed. Restore a backup, or accept the log as far as it goes.`
    )
  }
}

/** The oldest events are gone because the board lets them expire. */
export class LogExpires extends Data.TaggedError("LogExpires")<{ readonly first: number }> {
  override get message() {
    return (
      `The log begins at position ${this.first}, since its events expire (maxAge), and only what is missing at its end can ` +
      "be put back. Nothing was changed. Restore a backup."
    )
  }
}

const most = 500

const remade = "event-model-remade"

/** The identity that most of what is derived from the log knows it by; a new one if nobody does. */
const knownIdentity = ({ witnesses }: Inventory): string => {
  const named = witnesses.flatMap(({ log }) => (log === undefined ? [] : [log]))
  const counts = Map.groupBy(named, (log) => log)
  return [...counts].toSorted(([, a], [, b]) => b.length - a.length)[0]?.[0] ?? randomUUID()
}

/**
 * A log whose stream is gone gets one again. Where only the description of the stream was damaged, the server takes up the
 * events whose files are still there.
 */
const present = Effect.fnUntraced(function* (tools: Tools, found: Inventory, replicas: number) {
  const { board, manager, nats, report } = tools
  if (found.state !== undefined) return found
  const log = knownIdentity(found)
  yield* prepareSources(manager, board, { end: Number.MAX_SAFE_INTEGER, log })
  const [wanted] = streamsOf(board, replicas)
  const made = yield* asked(async () => {
    const made = await manager.streams.add({ ...wanted!, metadata: { [identity]: log } })
    // A description that is there already is not written by `add`, damaged as it is: it would be gone at the next start.
    const metadata = { ...made.config.metadata, [remade]: new Date().toISOString() }
    return manager.streams.update(board.name, { metadata })
  })
  yield* report(`its stream was made again; ${made.state.messages} events were still in its files`)
  return yield* inventory(nats, manager, board)
})

const planOf = (manager: JetStreamManager, board: Board.Any, end: number, log?: string) =>
  asked(async (): Promise<Plan> => {
    const { config } = await manager.streams.info(board.name)
    const all = await globalThis.Array.fromAsync(manager.consumers.list(board.name))
    return {
      config,
      end,
      log: log ?? config.metadata?.[identity] ?? randomUUID(),
      consumers: all
        .filter(({ config }) => config.durable_name)
        .map(({ ack_floor, config }) => ({ config, acknowledged: ack_floor.stream_seq }))
    }
  })

/** Whether what is missing is exactly what comes next, so that it can be appended. */
const isTail = ({ missing, state }: Inventory) => missing.length === 1 && missing[0]!.from === state!.last + 1

const appendMissing = Effect.fnUntraced(function* (tools: Tools, { copies, missing }: Inventory) {
  const { board, manager, nats, report, requests } = tools
  let end = missing[0]!.from - 1
  for (const chunk of Array.chunksOf([...eachOf(missing)], most)) {
    const events = yield* Effect.forEach(chunk, (position) => eventAt(manager, copies.get(position)!), {
      concurrency: 16
    })
    end = yield* appendAt(nats, requests, Subject.ofLog(board), end, events)
  }
  yield* report(`appended ${sizeOf(missing)} events, up to position ${end}`)
})

/** Goes on with what was interrupted, if something was. Before all events were gathered, the log is as it was. */
const unfinished = Effect.fnUntraced(function* (tools: Tools) {
  const { board, manager, report } = tools
  const plan = yield* gatheredPlan(manager, board)
  if (plan !== undefined) {
    yield* report("goes on with the rebuild that was interrupted")
    yield* replace(tools, plan)
    return true
  }
  yield* asked(async () => {
    if (await infoOf(manager, rebuiltStream(board))) await manager.streams.delete(rebuiltStream(board))
  })
  return false
})

/** Only a log that has each event from the first on can be written again with the same positions. */
const rewritable = ({ state }: Inventory) =>
  state?.expires === true && state.first > 1 ? Effect.fail(new LogExpires({ first: state.first })) : Effect.void

/**
 * Puts back what the log lacks from the copies in the audit and the lanes: the same events at the same positions. Fails with
 * `NotRebuildable`, and changes nothing, where one of them has no copy.
 */
export const rebuild = Effect.fnUntraced(function* (tools: Tools, replicas: number) {
  if (yield* unfinished(tools)) return
  const { board, manager, nats } = tools
  const before = yield* inventory(nats, manager, board)
  if (before.state !== undefined && before.lost.length > 0) return yield* new NotRebuildable(before)
  const found = yield* present(tools, before, replicas)
  if (found.lost.length > 0) {
    if (before.state === undefined && found.state?.messages === 0)
      yield* asked(() => manager.streams.delete(board.name))
    return yield* new NotRebuildable(found)
  }
  if (found.missing.length === 0) return
  if (isTail(found)) return yield* appendMissing(tools, found)
  yield* rewritable(found)
  const plan = yield* planOf(manager, board, found.known)
  yield* gather(tools, found, plan)
  yield* replace(tools, plan)
})

/** The position up to which a log can be read without a hole. */
export const endOf = ({ known, missing }: Inventory): number => (missing[0]?.from ?? known + 1) - 1

/**
 * Goes on with the log up to its first hole, under a new identity: whatever is derived from it is made again. What lanes and
 * audit hold of later positions stays there, and does not count any more.
 */
export const accept = Effect.fnUntraced(function* (tools: Tools, replicas: number) {
  if (yield* unfinished(tools)) return
  const { board, manager, nats } = tools
  const found = yield* present(tools, yield* inventory(nats, manager, board), replicas)
  yield* rewritable(found)
  const plan = yield* planOf(manager, board, endOf(found), randomUUID())
  yield* gather(tools, found, plan)
  yield* replace(tools, plan)
})
