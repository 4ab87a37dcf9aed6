import { JetStreamApiError, type JetStreamManager, jetstreamManager } from "@nats-io/jetstream"
import { connect } from "@nats-io/transport-node"
import { Effect, Schedule } from "effect"
import { Board } from "#domain/model/index.ts"
import * as Subject from "#layers/codec/Subject.ts"
import { streamSpecs } from "#layers/nats/provision/streamSpecs.ts"
import { subscriptions } from "#layers/processors/boardSubscriptions.ts"
import { parsePosition } from "#layers/processors/checkpointStore.ts"

/** A stored message, with all of its bytes. */
export interface StoredMessage {
  readonly seq: number
  readonly subject: string
  readonly time: string
  readonly headers: ReadonlyArray<readonly [string, ReadonlyArray<string>]>
  readonly data: string
}

/** A JetStream manager with its own connection. */
export const managerAt = (servers: string) =>
  Effect.acquireRelease(
    Effect.promise(() => connect({ servers: servers.split(",") })),
    (nats) => Effect.promise(() => nats.close())
  ).pipe(Effect.flatMap((nats) => Effect.promise(() => jetstreamManager(nats))))

const noMessage = 10037
const noStream = 10059

const nullIf = (code: number) => (error: unknown) => {
  if (error instanceof JetStreamApiError && error.code === code) return null
  throw error
}

/** Every message of a stream, read from its leader; none if there is no such stream. */
export const messagesOf = async (manager: JetStreamManager, name: string): Promise<ReadonlyArray<StoredMessage>> => {
  const info = await manager.streams.info(name).catch(nullIf(noStream))
  if (!info) return []
  const { state } = info
  const messages: Array<StoredMessage> = []
  for (let seq = Math.max(1, state.first_seq); seq <= state.last_seq; seq++) {
    const message = await manager.streams.getMessage(name, { seq }).catch(nullIf(noMessage))
    if (!message) continue
    const { data, header, subject, timestamp } = message
    const headers = Array.from(header ?? [], ([key, values]) => [key, values] as const)
    messages.push({ seq, subject, time: timestamp, headers, data: Buffer.from(data).toString("base64") })
  }
  return messages
}

/** Every message of every stream and bucket of a board, by stream. */
export const dumpStreams = (manager: JetStreamManager, board: Board.Any) =>
  Effect.promise(async () => {
    const byStream: Record<string, ReadonlyArray<StoredMessage>> = {}
    for (const { name } of streamSpecs(board, 1)) byStream[name] = await messagesOf(manager, name)
    return byStream
  })

/** Whether every view and automation has processed the newest event that it reads. */
const areCaughtUp = async (manager: JetStreamManager, board: Board.Any) => {
  const newestOn = (stream: string, subject: string) =>
    manager.streams.getMessage(stream, { last_by_subj: subject }).catch(nullIf(noMessage)).catch(nullIf(noStream))
  const { automations, views } = subscriptions(board)
  const lanes = Board.laneOf(board)
  for (const { subscription } of [...automations, ...views]) {
    const { bucket, key } = subscription.checkpoint
    const stored = await newestOn(`KV_${bucket}`, `$KV.${bucket}.${key}`)
    const position = stored ? parsePosition(stored.string()) : 0
    for (const type of subscription.types) {
      const newest = await newestOn(board.name, Subject.typeFilter(board, lanes.get(type)!, type))
      if (newest && newest.seq > position) return false
    }
  }
  return true
}

/** Waits until lanes and audit have copied the log, and views and automations have processed it. */
export const waitUntilSettled = (manager: JetStreamManager, board: Board.Any) =>
  Effect.promise(async () => {
    const streams = await Promise.all(streamSpecs(board, 1).map(({ name }) => manager.streams.info(name)))
    return {
      isCaughtUp: await areCaughtUp(manager, board),
      copied: streams.every(({ sources = [] }) => sources.every(({ active, lag }) => lag === 0 && active >= 0)),
      at: streams.map(({ state }) => state.last_seq).join()
    }
  }).pipe(
    (readState) =>
      Effect.zipWith(
        readState,
        Effect.delay(readState, "30 millis"),
        (a, b) => a.isCaughtUp && a.copied && a.at === b.at
      ),
    Effect.repeat({ until: (done) => done, schedule: Schedule.spaced("10 millis") })
  )
