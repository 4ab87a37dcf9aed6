import type { ConsumerConfig, JetStreamManager, StreamConfig } from "@nats-io/jetstream"
import type { NatsConnection } from "@nats-io/transport-node"
import { Array, Effect } from "effect"
import type { Board } from "#domain/model/index.ts"
import * as Subject from "#layers/codec/Subject.ts"
import type { Requests } from "#layers/nats/connection/Requests.ts"
import { asked, eachOf, type Inventory } from "#layers/nats/integrity/inventory.ts"
import { infoOf } from "#layers/nats/integrity/logState.ts"
import { rebuiltStream } from "#layers/nats/integrity/rebuiltStream.ts"
import { scan, unreadableIn } from "#layers/nats/integrity/scanLog.ts"
import { prepareSources } from "#layers/nats/integrity/sourceStarts.ts"
import { headerText } from "#layers/nats/messages/rawHeaders.ts"
import { identity } from "#layers/nats/provision/provision.ts"
import type { Outgoing } from "#layers/nats/publish/atomicBatch.ts"
import { LogUnavailable } from "#layers/services/EventLog.ts"
import { appendAt, eventAt, republished } from "./eventCopy.ts"

/** What the log is to be. It stands in the metadata of the gathered stream once that is whole. */
export interface Plan {
  readonly config: StreamConfig
  readonly end: number
  /** The identity that the log gets; another than it has where events are given up. */
  readonly log: string
  readonly consumers: ReadonlyArray<{ readonly config: ConsumerConfig; readonly acknowledged: number }>
}

export interface Tools {
  readonly nats: NatsConnection
  readonly manager: JetStreamManager
  readonly requests: Requests["Service"]
  readonly board: Board.Any
  /** Says how far it is. */
  readonly report: (line: string) => Effect.Effect<void>
}

const planKey = "event-model-plan"
const prefix = "rebuilt."
const most = 500

const newIn = (board: Board.Any) => `${prefix}${Subject.ofLog(board)}`

/** The plan of a rebuild whose events have all been gathered, and which has only to be carried out. */
export const gatheredPlan = (manager: JetStreamManager, board: Board.Any) =>
  asked(async () => {
    const plan = (await infoOf(manager, rebuiltStream(board)))?.config.metadata?.[planKey]
    return plan === undefined ? undefined : (JSON.parse(plan) as Plan)
  })

/** Appends what is added in batches, each at exactly the positions behind the one before. */
const appender = ({ nats, requests, report }: Tools, filter: string, what: string) => {
  let end = 0
  let due: globalThis.Array<Outgoing> = []
  let reported = 0
  const flush = Effect.gen(function* () {
    if (due.length === 0) return
    end = yield* appendAt(nats, requests, filter, end, due)
    due = []
    if (end - reported >= 100_000) yield* report(`${what}: up to position ${(reported = end)}`)
  })
  const add = (message: Outgoing) => {
    due.push(message)
    return due.length < most ? Effect.void : flush
  }
  return { add, flush, next: () => end + due.length + 1 }
}

const gatheredConfig = ({ board }: Tools, { config }: Plan): Partial<StreamConfig> & { readonly name: string } => ({
  name: rebuiltStream(board),
  description: `${board.title}: the events of a log that is being rebuilt`,
  subjects: [newIn(board)],
  storage: "file",
  num_replicas: config.num_replicas,
  duplicate_window: 1e9,
  allow_atomic: true,
  allow_direct: true
})

/** All events of the plan in one stream, from the log where it can be read, and from copies where not. The log is not touched. */
export const gather = Effect.fnUntraced(function* (tools: Tools, inventory: Inventory, plan: Plan) {
  const { board, manager, nats, report } = tools
  const name = rebuiltStream(board)
  yield* asked(async () => {
    if (await infoOf(manager, name)) await manager.streams.delete(name)
    await manager.streams.add(gatheredConfig(tools, plan))
  })
  const into = appender(tools, newIn(board), "gathered")
  const put = (message: Outgoing) => into.add({ ...message, subject: prefix + message.subject })
  const fill = (upTo: number) =>
    Effect.forEach(
      Array.chunksOf([...eachOf([{ from: into.next(), to: upTo }])], most),
      (chunk) =>
        Effect.forEach(chunk, (position) => eventAt(manager, inventory.copies.get(position)!), {
          concurrency: 16
        }).pipe(Effect.flatMap((messages) => Effect.forEach(messages, put, { discard: true }))),
      { discard: true }
    )
  const last = Math.min(plan.end, inventory.state?.last ?? 0)
  yield* scan(nats, manager, { stream: board.name, filter: Subject.ofLog(board), after: 0, upTo: last }, (deliveries) =>
    Effect.forEach(
      deliveries,
      ({ message, position }) =>
        Effect.andThen(
          position > into.next() ? fill(position - 1) : Effect.void,
          Effect.suspend(() => put(republished(message.subject, headerText(message), message.string())))
        ),
      { discard: true }
    )
  )
  yield* fill(plan.end)
  yield* into.flush
  const gaps = yield* unreadableIn(nats, manager, {
    stream: name,
    filter: newIn(board),
    after: 0,
    upTo: plan.end
  })
  if (gaps.length > 0) return yield* new LogUnavailable({ reason: `${name} cannot be read at ${gaps[0]!.from}` })
  yield* asked(() => manager.streams.update(name, { metadata: { [planKey]: JSON.stringify(plan) } }))
  yield* report(`gathered ${plan.end} events`)
})

/** The log's stream made again with the gathered events. Interrupted, it is done again from the beginning. */
export const replace = Effect.fnUntraced(function* (tools: Tools, plan: Plan) {
  const { board, manager, nats, report } = tools
  const name = rebuiltStream(board)
  yield* prepareSources(manager, board, plan)
  yield* asked(async () => {
    if (await infoOf(manager, board.name)) await manager.streams.delete(board.name)
    await manager.streams.add({ ...plan.config, metadata: { ...plan.config.metadata, [identity]: plan.log } })
  })
  const into = appender(tools, Subject.ofLog(board), "written")
  yield* scan(nats, manager, { stream: name, filter: newIn(board), after: 0, upTo: plan.end }, (deliveries) =>
    Effect.forEach(
      deliveries,
      ({ message }) =>
        into.add(republished(message.subject.slice(prefix.length), headerText(message), message.string())),
      { discard: true }
    )
  )
  yield* into.flush
  if (into.next() !== plan.end + 1) {
    return yield* new LogUnavailable({ reason: `the log ends at ${into.next() - 1} instead of ${plan.end}` })
  }
  yield* asked(async () => {
    for (const { acknowledged, config } of plan.consumers) {
      await manager.consumers.add(board.name, config)
      const upTo = Math.min(acknowledged, plan.end)
      if (upTo > 0) await manager.consumers.reset(board.name, config.durable_name!, upTo + 1)
    }
    await manager.streams.delete(name)
  })
  yield* report(`the log has its ${plan.end} events`)
})
