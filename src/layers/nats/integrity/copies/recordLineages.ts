import { type JetStreamManager, jetstreamManager, type StreamInfo } from "@nats-io/jetstream"
import { Effect } from "effect"
import type { Board } from "#domain/model/index.ts"
import { parkedBucket, bucketStream } from "#layers/buckets/bucketNames.ts"
import { Nats } from "#layers/nats/connection/Nats.ts"
import { witnessesOfOtherLog } from "#layers/nats/integrity/findDamage.ts"
import { findStreamInfo, readLogState } from "#layers/nats/integrity/logState.ts"
import { type Witness, findWitnesses } from "#layers/nats/integrity/witnesses.ts"
import { lineageOf, withLineage } from "#layers/nats/provision/copies/lineage.ts"
import { advice, isTransientError, leaderElectionRetry } from "#layers/nats/provision/provision.ts"
import { streamSpecs } from "#layers/nats/provision/streamSpecs.ts"
import { errorMessage } from "#layers/services/errorMessage.ts"
import { LogUnavailable } from "#layers/services/EventLog.ts"

const deadLetterStream = bucketStream(parkedBucket)

/**
 * Resets a lane or the audit of a log that was replaced: its contents stay, and all of the new log is copied after
 * them. The source is removed and added again, since the server ignores a changed start of a source that it has.
 */
const recopyNewLog = async (manager: JetStreamManager, { config, state }: StreamInfo, source: string, log: string) => {
  const { cuts, log: previousLog } = lineageOf(config)
  if (previousLog === undefined) {
    await manager.streams.update(config.name, { metadata: withLineage(config, { log, cuts }) })
    return undefined
  }
  const sources = config.sources!.map((each) => (each.name === source ? { ...each, opt_start_seq: 1 } : each))
  await manager.streams.update(config.name, { sources: sources.filter(({ name }) => name !== source) })
  const metadata = withLineage(config, { log, cuts: [...cuts, { upTo: state.last_seq, keptPosition: 0 }] })
  await manager.streams.update(config.name, { metadata, sources: sources })
  return `${config.name}: its ${state.messages} messages of another log stay, and all of ${source} is copied after them`
}

/** Drops the dead letters of a log that was replaced, since their positions mean nothing in the new one. */
const dropDeadLetters = async (manager: JetStreamManager, { config, state }: StreamInfo, log: string) => {
  const isOurs = lineageOf(config).log === undefined
  if (!isOurs) await manager.streams.purge(config.name)
  await manager.streams.update(config.name, { metadata: withLineage(config, { log, cuts: [] }) })
  return isOurs || state.messages === 0 ? undefined : `${state.messages} dead letters of another log were dropped`
}

/**
 * Removes the rows of a log that was replaced before any of them is served. A processor without rows detects by itself
 * that its position belongs to another log, and starts at the first event of this one.
 */
const purgeRows = async (manager: JetStreamManager, { by, position, stream }: Witness) => {
  const { messages } = stream?.startsWith("KV_") ? (await manager.streams.info(stream)).state : { messages: 0 }
  if (messages > 0) await manager.streams.purge(stream!)
  const rows = messages > 0 ? `; its ${messages - 1} rows were removed` : ""
  return `${by}: position ${position} is of another log${rows}`
}

/**
 * Records in each lane, the audit and the dead letters which log they come from. Where that is another log, positions
 * start again. Returns warnings for operators.
 */
const updateLineages = async (manager: JetStreamManager, board: Board.Any): Promise<ReadonlyArray<string>> => {
  const state = await readLogState(manager, board.name)
  if (state === undefined) return []
  const log = state.identity
  const warnings: Array<string | undefined> = []
  for (const stale of witnessesOfOtherLog(state, await findWitnesses(manager, board)))
    warnings.push(await purgeRows(manager, stale))
  for (const { name, sources = [] } of streamSpecs(board, 1)) {
    const isCopy = sources.some((source) => source.name === board.name)
    if (!isCopy && name !== deadLetterStream) continue
    const info = await findStreamInfo(manager, name)
    if (info === undefined || lineageOf(info.config).log === log) continue
    warnings.push(await (isCopy ? recopyNewLog(manager, info, board.name, log) : dropDeadLetters(manager, info, log)))
  }
  return warnings.filter((each) => each !== undefined)
}

export const recordLineages = Effect.fnUntraced(function* (board: Board.Any) {
  const nats = yield* Nats
  const manager = yield* Effect.promise(() => jetstreamManager(nats, { checkAPI: false }))
  const warnings = yield* Effect.tryPromise({
    try: () => updateLineages(manager, board),
    catch: (error) => new LogUnavailable({ reason: `${errorMessage(error)}${advice(error)}`, cause: error })
  }).pipe(Effect.retry({ schedule: leaderElectionRetry, while: ({ cause }) => isTransientError(cause) }))
  yield* Effect.forEach(warnings, (each) => Effect.logWarning(each), { discard: true })
})
