import type { JetStreamManager, StreamInfo } from "@nats-io/jetstream"
import type { Board } from "#domain/model/index.ts"
import { streamsOf } from "#layers/nats/provision/streamConfigs.ts"
import { asked } from "./inventory.ts"
import { lineageOf, withLineage } from "./lineage.ts"
import { infoOf } from "./logState.ts"
import { newestCopy, subjectsOf } from "./sourcedCopies.ts"

const startOne = async (
  manager: JetStreamManager,
  { config, state }: StreamInfo,
  source: string,
  log: string,
  end: number
) => {
  const lineage = lineageOf(config)
  const own = config.sources!.find(({ name }) => name === source)!
  const newest = Math.max(
    0,
    ...(await Promise.all(subjectsOf(own, [">"]).map((subject) => newestCopy(manager, config, source, subject))))
  )
  const kept = Math.min(newest, end)
  const isCut = lineage.log !== undefined && lineage.log !== log
  const cuts = isCut ? [...lineage.cuts, { upTo: state.last_seq, kept }] : lineage.cuts
  await manager.streams.update(config.name, {
    metadata: withLineage(config, { log, cuts }),
    sources: config.sources!.map((each) => (each.name === source ? { ...each, opt_start_seq: kept + 1 } : each))
  })
}

/**
 * Before the log's stream is made again: lanes and the audit go on behind what they have copied of it, up to `end`. The
 * server takes a stream that was made again for another one, and would else copy all of it once more; within the same one it
 * never copies a position again, whatever its sources say. What they hold behind `end` stays where it is, and counts no more.
 */
export const prepareSources = (
  manager: JetStreamManager,
  board: Board.Any,
  { end, log }: { readonly end: number; readonly log: string }
) =>
  asked(async () => {
    for (const { name, sources = [] } of streamsOf(board, 1)) {
      if (!sources.some((source) => source.name === board.name)) continue
      const info = await infoOf(manager, name)
      if (info?.config.sources?.some((source) => source.name === board.name)) {
        await startOne(manager, info, board.name, log, end)
      }
    }
  })
