import type { JetStreamManager, StreamInfo } from "@nats-io/jetstream"
import type { Board } from "#domain/model/index.ts"
import { attempt } from "#layers/nats/integrity/inventory.ts"
import { findStreamInfo } from "#layers/nats/integrity/logState.ts"
import { lastCopiedPosition, copiedSubjects } from "#layers/nats/provision/copies/copiedMessages.ts"
import { lineageOf, withLineage } from "#layers/nats/provision/copies/lineage.ts"
import { streamSpecs } from "#layers/nats/provision/streamSpecs.ts"

const setSourceStart = async (
  manager: JetStreamManager,
  { config, state }: StreamInfo,
  source: string,
  log: string,
  end: number
) => {
  const lineage = lineageOf(config)
  const logSource = config.sources!.find(({ name }) => name === source)!
  const lastCopied = Math.max(
    0,
    ...(await Promise.all(
      copiedSubjects(logSource, [">"]).map((subject) => lastCopiedPosition(manager, config, source, subject))
    ))
  )
  const keptPosition = Math.min(lastCopied, end)
  const isCut = lineage.log !== undefined && lineage.log !== log
  const cuts = isCut ? [...lineage.cuts, { upTo: state.last_seq, keptPosition }] : lineage.cuts
  await manager.streams.update(config.name, {
    metadata: withLineage(config, { log, cuts }),
    sources: config.sources!.map((each) => (each.name === source ? { ...each, opt_start_seq: keptPosition + 1 } : each))
  })
}

/**
 * Prepares lanes and audit before the log's stream is recreated: they continue after the events that they have copied,
 * up to `end`. The server treats a recreated stream as another one, and would otherwise copy all of it again; within the
 * same stream it never copies a position again, also if its sources declare an earlier one. Copies after `end` stay in
 * place and are no longer valid.
 */
export const prepareSourceStarts = (
  manager: JetStreamManager,
  board: Board.Any,
  { end, log }: { readonly end: number; readonly log: string }
) =>
  attempt(async () => {
    for (const { name, sources = [] } of streamSpecs(board, 1)) {
      if (!sources.some((source) => source.name === board.name)) continue
      const info = await findStreamInfo(manager, name)
      if (info?.config.sources?.some((source) => source.name === board.name)) {
        await setSourceStart(manager, info, board.name, log, end)
      }
    }
  })
