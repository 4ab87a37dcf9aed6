import type { JetStreamManager } from "@nats-io/jetstream"
import { Option, Schema } from "effect"
import { Board } from "#domain/model/index.ts"
import { isMissing } from "#layers/nats/provision/provision.ts"
import { streamSpecs } from "#layers/nats/provision/streamSpecs.ts"
import { subscriptions } from "#layers/services/boardSubscriptions.ts"
import { bucketOf, checkpointsBucket, totalsBucket, progressKey } from "#layers/services/bucketNames.ts"
import { messageAt, lastCopiedPosition, copiedSubjects } from "./copiedMessages.ts"
import { lineageOf } from "./lineage.ts"
import { findStreamInfo } from "./logState.ts"

/** Something derived from the log that knows a position of it: so far the log has been. */
export interface Witness {
  /** As an operator knows it: `the audit`, `the view Booking`. */
  readonly by: string
  readonly position: number
  /** The identity of the log that it knows; undefined where that is not noted. */
  readonly log: string | undefined
  /** The stream of its rows or copies, where it is more than a position. */
  readonly stream?: string
  /** A position that somebody stored, and may have stored wrongly: no copy of an event bears it out. */
  readonly isCheckpoint?: true
}

/** What every checkpoint says, whatever else it has. */
const decode = Schema.decodeUnknownOption(
  Schema.fromJsonString(Schema.Struct({ log: Schema.String, position: Schema.Int }))
)

const checkpointWitnesses = async (
  manager: JetStreamManager,
  { by, stream }: Pick<Witness, "by" | "stream">,
  bucket: string,
  key: string
) => {
  const stored = await messageAt(manager, `KV_${bucket}`, { last_by_subj: `$KV.${bucket}.${key}` }).catch(
    (error: unknown) => {
      if (isMissing(error)) return null
      throw error
    }
  )
  return Option.match(decode(stored?.string()), {
    onNone: () => [],
    onSome: ({ log, position }): ReadonlyArray<Witness> => [
      { by, log, position, isCheckpoint: true, ...(stream && { stream }) }
    ]
  })
}

const copyWitnesses = async (manager: JetStreamManager, by: string, stream: string, log: string) => {
  const config = (await findStreamInfo(manager, stream))?.config
  const source = config?.sources?.find(({ name }) => name === log)
  if (config === undefined || source === undefined) return []
  const copiedPositions = await Promise.all(
    copiedSubjects(source, [">"]).map((subject) => lastCopiedPosition(manager, config, log, subject))
  )
  return [{ by, stream, position: Math.max(0, ...copiedPositions), log: lineageOf(config).log }]
}

/** Who else knows how far the log was. Asked of the leaders, since a replica may be behind. */
export const findWitnesses = async (manager: JetStreamManager, board: Board.Any): Promise<ReadonlyArray<Witness>> => {
  const laneLabels = new Map(board.lanes.map((lane) => [lane.name as string, `the lane ${lane.name}`]))
  const derivedStreams = streamSpecs(board, 1).filter(({ sources = [] }) =>
    sources.some(({ name }) => name === board.name)
  )
  const { automations } = subscriptions(board)
  const all = await Promise.all([
    ...derivedStreams.map(({ name }) =>
      copyWitnesses(manager, laneLabels.get(name) ?? `the ${name}`, name, board.name)
    ),
    ...Board.views(board).map((view) =>
      checkpointWitnesses(
        manager,
        { by: `the view ${view.shows.name}`, stream: `KV_${bucketOf(view)}` },
        bucketOf(view),
        progressKey
      )
    ),
    ...automations.map(({ name, subscription }) =>
      checkpointWitnesses(manager, { by: `the automation ${name}` }, checkpointsBucket, subscription.name)
    ),
    checkpointWitnesses(manager, { by: "the counts" }, totalsBucket, "newest")
  ])
  return all.flat()
}

/** The durable consumers of the log, which the server keeps beside it. None where there is no log. */
export const consumerWitnesses = async (manager: JetStreamManager, log: string, identity: string) => {
  const all = await Array.fromAsync(manager.consumers.list(log)).catch((error: unknown) => {
    if (isMissing(error)) return []
    throw error
  })
  return all
    .filter(({ config }) => config.durable_name)
    .map(({ delivered, name }): Witness => ({
      by: `the consumer ${name}`,
      position: delivered.stream_seq,
      log: identity
    }))
}
