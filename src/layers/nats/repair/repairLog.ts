import { randomUUID } from "node:crypto"
import type { JetStreamManager } from "@nats-io/jetstream"
import { Array, Data, Effect } from "effect"
import type { Board } from "#domain/model/index.ts"
import * as Subject from "#layers/codec/Subject.ts"
import { rebuiltStreamName } from "#layers/nats/integrity/copies/rebuiltStream.ts"
import { prepareSourceStarts } from "#layers/nats/integrity/copies/sourceStarts.ts"
import { countPositions, formatRanges } from "#layers/nats/integrity/findDamage.ts"
import { attempt, positionsIn, type Inventory, takeInventory } from "#layers/nats/integrity/inventory.ts"
import { findStreamInfo } from "#layers/nats/integrity/logState.ts"
import { logIdentityKey } from "#layers/nats/provision/provision.ts"
import { streamSpecs } from "#layers/nats/provision/streamSpecs.ts"
import { appendBatchAt, readMissing } from "./eventCopy.ts"
import { gatherEvents, loadGatheredPlan, type RebuildPlan, replaceLog, type RepairContext } from "./rewriteLog.ts"

/** Some missing events have no copy. */
export class NotRebuildable extends Data.TaggedError("NotRebuildable")<{ readonly lost: Inventory["lost"] }> {
  override get message() {
    return (
      `The log cannot be rebuilt: neither the audit nor a lane has a copy of ${countPositions(this.lost)} of its events ` +
      `(positions ${formatRanges(this.lost)}). Nothing was changed. Restore a backup, or accept the log as far as it goes.`
    )
  }
}

/** The oldest events are gone because the board's log lets them expire. */
export class LogExpires extends Data.TaggedError("LogExpires")<{ readonly first: number }> {
  override get message() {
    return (
      `The log begins at position ${this.first}, since its events expire (maxAge), and only events that are missing at its ` +
      "end can be put back. Nothing was changed. Restore a backup."
    )
  }
}

const maxBatchSize = 500

const recreatedKey = "event-model-remade"

/** The identity by which most witnesses know the log; a new one if there are none. */
const knownIdentity = ({ witnesses }: Inventory): string => {
  const identities = witnesses.flatMap(({ log }) => (log === undefined ? [] : [log]))
  const counts = Map.groupBy(identities, (log) => log)
  return [...counts].toSorted(([, a], [, b]) => b.length - a.length)[0]?.[0] ?? randomUUID()
}

/**
 * Recreates the stream of a log if it is gone. Where only the description of the stream was damaged, the server
 * recovers the events whose files still exist.
 */
const ensureLogStream = Effect.fnUntraced(function* (context: RepairContext, found: Inventory, replicas: number) {
  const { board, manager, nats, report } = context
  if (found.state !== undefined) return found
  const log = knownIdentity(found)
  yield* prepareSourceStarts(manager, board, { end: Number.MAX_SAFE_INTEGER, log })
  const [logSpec] = streamSpecs(board, replicas)
  const created = yield* attempt(async () => {
    const added = await manager.streams.add({ ...logSpec!, metadata: { [logIdentityKey]: log } })
    // `add` does not write a description that exists, even if it is damaged; it would be gone at the next start.
    const metadata = { ...added.config.metadata, [recreatedKey]: new Date().toISOString() }
    return manager.streams.update(board.name, { metadata })
  })
  yield* report(`its stream was recreated; ${created.state.messages} events were still in its files`)
  return yield* takeInventory(nats, manager, board)
})

const createPlan = (manager: JetStreamManager, board: Board.Any, end: number, log?: string) =>
  attempt(async (): Promise<RebuildPlan> => {
    const { config } = await manager.streams.info(board.name)
    const all = await globalThis.Array.fromAsync(manager.consumers.list(board.name))
    return {
      config,
      end,
      log: log ?? config.metadata?.[logIdentityKey] ?? randomUUID(),
      consumers: all
        .filter(({ config }) => config.durable_name)
        .map(({ ack_floor, config }) => ({ config, acknowledged: ack_floor.stream_seq }))
    }
  })

/** Whether exactly the next positions are missing, so that they can be appended. */
const isTail = ({ missing, state }: Inventory) => missing.length === 1 && missing[0]!.from === state!.last + 1

const appendMissing = Effect.fnUntraced(function* (context: RepairContext, inventory: Inventory) {
  const { missing } = inventory
  const { board, manager, nats, report, requests } = context
  let end = missing[0]!.from - 1
  for (const chunk of Array.chunksOf([...positionsIn(missing)], maxBatchSize)) {
    const events = yield* Effect.forEach(chunk, (position) => readMissing(manager, inventory, position), {
      concurrency: 16
    })
    end = yield* appendBatchAt(nats, requests, Subject.logFilter(board), end, events)
  }
  yield* report(`appended ${countPositions(missing)} events, up to position ${end}`)
})

/** Resumes an interrupted repair, if there was one. Until all events are gathered, the log is unchanged. */
const resumeInterrupted = Effect.fnUntraced(function* (context: RepairContext) {
  const { board, manager, report } = context
  const plan = yield* loadGatheredPlan(manager, board)
  if (plan !== undefined) {
    yield* report("resuming the interrupted rebuild")
    yield* replaceLog(context, plan)
    return true
  }
  yield* attempt(async () => {
    if (await findStreamInfo(manager, rebuiltStreamName(board))) await manager.streams.delete(rebuiltStreamName(board))
  })
  return false
})

/** Only a log with every event from the first on can be rewritten with the same positions. */
const requireFullHistory = ({ state }: Inventory) =>
  state?.expires === true && state.first > 1 ? Effect.fail(new LogExpires({ first: state.first })) : Effect.void

/**
 * Restores the log's missing events from the copies in the audit and the lanes: the same events at the same positions.
 * Fails with `NotRebuildable`, and changes nothing, if one of them has no copy.
 */
export const rebuild = Effect.fnUntraced(function* (context: RepairContext, replicas: number) {
  if (yield* resumeInterrupted(context)) return
  const { board, manager, nats } = context
  const before = yield* takeInventory(nats, manager, board)
  if (before.state !== undefined && before.lost.length > 0) return yield* new NotRebuildable(before)
  const found = yield* ensureLogStream(context, before, replicas)
  if (found.lost.length > 0) {
    if (before.state === undefined && found.state?.messages === 0)
      yield* attempt(() => manager.streams.delete(board.name))
    return yield* new NotRebuildable(found)
  }
  if (found.missing.length === 0) return
  if (isTail(found)) return yield* appendMissing(context, found)
  yield* requireFullHistory(found)
  const plan = yield* createPlan(manager, board, found.highestKnown)
  yield* gatherEvents(context, found, plan)
  yield* replaceLog(context, plan)
})

/** The position up to which a log can be read without a gap. */
export const contiguousEnd = ({ highestKnown, missing }: Inventory): number =>
  (missing[0]?.from ?? highestKnown + 1) - 1

/**
 * Ends the log at its first gap, under a new identity, so that everything derived from it is rebuilt. Copies of later
 * positions stay in lanes and audit, and are no longer valid.
 */
export const accept = Effect.fnUntraced(function* (context: RepairContext, replicas: number) {
  if (yield* resumeInterrupted(context)) return
  const { board, manager, nats } = context
  const found = yield* ensureLogStream(context, yield* takeInventory(nats, manager, board), replicas)
  yield* requireFullHistory(found)
  const plan = yield* createPlan(manager, board, contiguousEnd(found), randomUUID())
  yield* gatherEvents(context, found, plan)
  yield* replaceLog(context, plan)
})
