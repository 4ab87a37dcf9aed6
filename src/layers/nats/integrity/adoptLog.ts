import { type JetStreamManager, jetstreamManager, type StreamInfo } from "@nats-io/jetstream"
import { Effect } from "effect"
import type { Board } from "#domain/model/index.ts"
import { Nats } from "#layers/nats/connection/Nats.ts"
import { isPassing, untilThereAreLeaders } from "#layers/nats/provision/provision.ts"
import { streamsOf } from "#layers/nats/provision/streamConfigs.ts"
import { parkedBucket } from "#layers/services/buckets.ts"
import { reasonOf } from "#layers/services/errorMessage.ts"
import { LogUnavailable } from "#layers/services/EventLog.ts"
import { ofAnotherLog } from "./findings.ts"
import { lineageOf, withLineage } from "./lineage.ts"
import { infoOf, logStateOf } from "./logState.ts"
import { type Witness, witnesses } from "./witnesses.ts"

const parkedStream = `KV_${parkedBucket}`

/**
 * A lane or the audit of a log that was replaced: what it has stays, and all of the new log is copied behind it. The source is
 * taken away and put back, since the server takes no notice of another start of a source that it has.
 */
const follow = async (manager: JetStreamManager, { config, state }: StreamInfo, source: string, log: string) => {
  const { cuts, log: before } = lineageOf(config)
  if (before === undefined) {
    await manager.streams.update(config.name, { metadata: withLineage(config, { log, cuts }) })
    return undefined
  }
  const all = config.sources!.map((each) => (each.name === source ? { ...each, opt_start_seq: 1 } : each))
  await manager.streams.update(config.name, { sources: all.filter(({ name }) => name !== source) })
  const metadata = withLineage(config, { log, cuts: [...cuts, { upTo: state.last_seq, kept: 0 }] })
  await manager.streams.update(config.name, { metadata, sources: all })
  return `${config.name}: its ${state.messages} messages of another log stay, and all of ${source} is copied behind them`
}

/** Dead letters of a log that was replaced name positions that mean nothing any more. */
const drop = async (manager: JetStreamManager, { config, state }: StreamInfo, log: string) => {
  const isOurs = lineageOf(config).log === undefined
  if (!isOurs) await manager.streams.purge(config.name)
  await manager.streams.update(config.name, { metadata: withLineage(config, { log, cuts: [] }) })
  return isOurs || state.messages === 0 ? undefined : `${state.messages} dead letters of another log were dropped`
}

/**
 * Rows of a log that was replaced go before anybody is shown one. Who has no rows but a position finds by itself that it is
 * of another log, and begins at the first event of this one.
 */
const forget = async (manager: JetStreamManager, { by, position, stream }: Witness) => {
  const { messages } = stream?.startsWith("KV_") ? (await manager.streams.info(stream)).state : { messages: 0 }
  if (messages > 0) await manager.streams.purge(stream!)
  const rows = messages > 0 ? `; its ${messages - 1} rows were removed` : ""
  return `${by}: position ${position} is of another log${rows}`
}

/**
 * Notes in each lane, the audit and the dead letters which log they come from. Where that is another log, positions begin
 * again. Answers with what an operator should hear of.
 */
const adoptAll = async (manager: JetStreamManager, board: Board.Any): Promise<ReadonlyArray<string>> => {
  const state = await logStateOf(manager, board.name)
  if (state === undefined) return []
  const log = state.identity
  const said: Array<string | undefined> = []
  for (const stale of ofAnotherLog(state, await witnesses(manager, board))) said.push(await forget(manager, stale))
  for (const { name, sources = [] } of streamsOf(board, 1)) {
    const isCopy = sources.some((source) => source.name === board.name)
    if (!isCopy && name !== parkedStream) continue
    const info = await infoOf(manager, name)
    if (info === undefined || lineageOf(info.config).log === log) continue
    said.push(await (isCopy ? follow(manager, info, board.name, log) : drop(manager, info, log)))
  }
  return said.filter((each) => each !== undefined)
}

export const adopt = Effect.fnUntraced(function* (board: Board.Any) {
  const nats = yield* Nats
  const manager = yield* Effect.promise(() => jetstreamManager(nats, { checkAPI: false }))
  const said = yield* Effect.tryPromise({
    try: () => adoptAll(manager, board),
    catch: (error) => new LogUnavailable({ reason: reasonOf(error), cause: error })
  }).pipe(Effect.retry({ schedule: untilThereAreLeaders, while: ({ cause }) => isPassing(cause) }))
  yield* Effect.forEach(said, (each) => Effect.logWarning(each), { discard: true })
})
