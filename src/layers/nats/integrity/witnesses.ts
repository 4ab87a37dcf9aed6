import type { JetStreamManager } from "@nats-io/jetstream"
import { Option, Schema } from "effect"
import { Board } from "#domain/model/index.ts"
import {
  bucketOf,
  checkpointsBucket,
  totalsBucket,
  progressKey,
  bucketStream,
  entryPrefix
} from "#layers/buckets/bucketNames.ts"
import { messageAt, lastCopiedPosition, copiedSubjects } from "#layers/nats/provision/copies/copiedMessages.ts"
import { lineageOf } from "#layers/nats/provision/copies/lineage.ts"
import { isMissing } from "#layers/nats/provision/provision.ts"
import { streamSpecs } from "#layers/nats/provision/streamSpecs.ts"
import { subscriptions } from "#layers/processors/boardSubscriptions.ts"
import { findStreamInfo } from "./logState.ts"

/** Something derived from the log that knows a position of it: evidence that the log reached that position. */
export interface Witness {
  /** Name for operators: `the audit`, `the view Booking`. */
  readonly by: string
  readonly position: number
  /** The identity of the log that it refers to; undefined if it is not stored. */
  readonly log: string | undefined
  /** The stream of its rows or copies, if it has any beside a position. */
  readonly stream?: string
  /** A stored position, which may be wrong: no copy of an event confirms it. */
  readonly isCheckpoint?: true
}

/** The fields that all checkpoints have in common. */
const decode = Schema.decodeUnknownOption(
  Schema.fromJsonString(Schema.Struct({ log: Schema.String, position: Schema.Int }))
)

const checkpointWitnesses = async (
  manager: JetStreamManager,
  { by, stream }: Pick<Witness, "by" | "stream">,
  bucket: string,
  key: string
) => {
  const stored = await messageAt(manager, bucketStream(bucket), { last_by_subj: `${entryPrefix(bucket)}${key}` }).catch(
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

/** Everything that knows a position of the log. Read from leaders, since a replica may be behind. */
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
        { by: `the view ${view.shows.name}`, stream: bucketStream(bucketOf(view)) },
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

/** The durable consumers of the log, which the server stores with it. Empty if there is no log. */
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
