import type { ConsumerConfig, JetStreamManager, StreamConfig } from "@nats-io/jetstream"
import type { NatsConnection } from "@nats-io/transport-node"
import { Array, Effect } from "effect"
import type { Board } from "#domain/model/index.ts"
import * as Subject from "#layers/codec/Subject.ts"
import type { Requests } from "#layers/nats/connection/Requests.ts"
import { rebuiltFilter, rebuiltPrefix, rebuiltStreamName } from "#layers/nats/integrity/copies/rebuiltStream.ts"
import { toOutgoingMessage } from "#layers/nats/integrity/copies/republished.ts"
import { prepareSourceStarts } from "#layers/nats/integrity/copies/sourceStarts.ts"
import { attempt, positionsIn, type Inventory } from "#layers/nats/integrity/inventory.ts"
import { findStreamInfo } from "#layers/nats/integrity/logState.ts"
import { scan, findUnreadable } from "#layers/nats/integrity/scanLog.ts"
import { headerText } from "#layers/nats/messages/messageHeaders.ts"
import { logIdentityKey } from "#layers/nats/provision/provision.ts"
import type { OutgoingMessage } from "#layers/nats/publish/publish.ts"
import { LogUnavailable } from "#layers/services/EventLog.ts"
import { appendBatchAt, readMissing } from "./eventCopy.ts"

/** The target of a repair. It is stored in the metadata of the gathered stream once that is complete. */
export interface RebuildPlan {
  readonly config: StreamConfig
  readonly end: number
  /** The identity of the repaired log; a new one if events are given up. */
  readonly log: string
  readonly consumers: ReadonlyArray<{ readonly config: ConsumerConfig; readonly acknowledged: number }>
}

export interface RepairContext {
  readonly nats: NatsConnection
  readonly manager: JetStreamManager
  readonly requests: Requests["Service"]
  readonly board: Board.Any
  /** Reports progress. */
  readonly report: (line: string) => Effect.Effect<void>
}

const planKey = "event-model-plan"
const maxBatchSize = 500

/** The plan of a repair whose events have all been gathered, and which only has to be carried out. */
export const loadGatheredPlan = (manager: JetStreamManager, board: Board.Any) =>
  attempt(async () => {
    const plan = (await findStreamInfo(manager, rebuiltStreamName(board)))?.config.metadata?.[planKey]
    return plan === undefined ? undefined : (JSON.parse(plan) as RebuildPlan)
  })

/** Appends the added messages in batches, each at exactly the positions after the one before. */
const makeBatchAppender = ({ nats, requests, report }: RepairContext, filter: string, label: string) => {
  let end = 0
  let buffered: globalThis.Array<OutgoingMessage> = []
  let reported = 0
  const flush = Effect.gen(function* () {
    if (buffered.length === 0) return
    end = yield* appendBatchAt(nats, requests, filter, end, buffered)
    buffered = []
    if (end - reported >= 100_000) yield* report(`${label}: up to position ${(reported = end)}`)
  })
  const add = (message: OutgoingMessage) => {
    buffered.push(message)
    return buffered.length < maxBatchSize ? Effect.void : flush
  }
  return { add, flush, nextPosition: () => end + buffered.length + 1 }
}

const gatheredConfig = (
  { board }: RepairContext,
  { config }: RebuildPlan
): Partial<StreamConfig> & { readonly name: string } => ({
  name: rebuiltStreamName(board),
  description: `${board.title}: the events of a log that is being rebuilt`,
  subjects: [rebuiltFilter(board)],
  storage: "file",
  num_replicas: config.num_replicas,
  duplicate_window: 1e9,
  allow_atomic: true,
  allow_direct: true
})

/**
 * Gathers all events of the plan in one stream: from the log where it can be read, otherwise from copies. Does not
 * change the log.
 */
export const gatherEvents = Effect.fnUntraced(function* (
  context: RepairContext,
  inventory: Inventory,
  plan: RebuildPlan
) {
  const { board, manager, nats, report } = context
  const name = rebuiltStreamName(board)
  yield* attempt(async () => {
    if (await findStreamInfo(manager, name)) await manager.streams.delete(name)
    await manager.streams.add(gatheredConfig(context, plan))
  })
  const output = makeBatchAppender(context, rebuiltFilter(board), "gathered")
  const appendRebuilt = (message: OutgoingMessage) =>
    output.add({ ...message, subject: rebuiltPrefix + message.subject })
  const fillFromCopies = (upTo: number) =>
    Effect.forEach(
      Array.chunksOf([...positionsIn([{ from: output.nextPosition(), to: upTo }])], maxBatchSize),
      (chunk) =>
        Effect.forEach(chunk, (position) => readMissing(manager, inventory, position), {
          concurrency: 16
        }).pipe(Effect.flatMap((messages) => Effect.forEach(messages, appendRebuilt, { discard: true }))),
      { discard: true }
    )
  const last = Math.min(plan.end, inventory.state?.last ?? 0)
  yield* scan(
    nats,
    manager,
    { stream: board.name, filter: Subject.logFilter(board), after: 0, upTo: last },
    (deliveries) =>
      Effect.forEach(
        deliveries,
        ({ message, position }) =>
          Effect.andThen(
            position > output.nextPosition() ? fillFromCopies(position - 1) : Effect.void,
            Effect.suspend(() =>
              appendRebuilt(toOutgoingMessage(message.subject, headerText(message), message.string()))
            )
          ),
        { discard: true }
      )
  )
  yield* fillFromCopies(plan.end)
  yield* output.flush
  const gaps = yield* findUnreadable(nats, manager, {
    stream: name,
    filter: rebuiltFilter(board),
    after: 0,
    upTo: plan.end
  })
  if (gaps.length > 0) return yield* new LogUnavailable({ reason: `${name} cannot be read at ${gaps[0]!.from}` })
  yield* attempt(() => manager.streams.update(name, { metadata: { [planKey]: JSON.stringify(plan) } }))
  yield* report(`gathered ${plan.end} events`)
})

/** Recreates the log's stream with the gathered events. If interrupted, it is repeated from the beginning. */
export const replaceLog = Effect.fnUntraced(function* (context: RepairContext, plan: RebuildPlan) {
  const { board, manager, nats, report } = context
  const name = rebuiltStreamName(board)
  yield* prepareSourceStarts(manager, board, plan)
  yield* attempt(async () => {
    if (await findStreamInfo(manager, board.name)) await manager.streams.delete(board.name)
    await manager.streams.add({ ...plan.config, metadata: { ...plan.config.metadata, [logIdentityKey]: plan.log } })
  })
  const output = makeBatchAppender(context, Subject.logFilter(board), "written")
  yield* scan(nats, manager, { stream: name, filter: rebuiltFilter(board), after: 0, upTo: plan.end }, (deliveries) =>
    Effect.forEach(
      deliveries,
      ({ message }) =>
        output.add(
          toOutgoingMessage(message.subject.slice(rebuiltPrefix.length), headerText(message), message.string())
        ),
      { discard: true }
    )
  )
  yield* output.flush
  if (output.nextPosition() !== plan.end + 1) {
    return yield* new LogUnavailable({ reason: `the log ends at ${output.nextPosition() - 1} instead of ${plan.end}` })
  }
  yield* attempt(async () => {
    for (const { acknowledged, config } of plan.consumers) {
      await manager.consumers.add(board.name, config)
      const upTo = Math.min(acknowledged, plan.end)
      if (upTo > 0) await manager.consumers.reset(board.name, config.durable_name!, upTo + 1)
    }
    await manager.streams.delete(name)
  })
  yield* report(`the log has its ${plan.end} events`)
})
