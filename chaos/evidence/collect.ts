import type { StoredMsg } from "@nats-io/jetstream"
import { Result } from "effect"
import { Board, Key, type Slice } from "#domain/model/index.ts"
import { bucketOf, progressKey } from "#layers/buckets/bucketNames.ts"
import { decodeHeader } from "#layers/codec/cloudEventAttributes.ts"
import { cloudEventCodec } from "#layers/codec/cloudEventCodec.ts"
import * as Subject from "#layers/codec/Subject.ts"
import type { DeadLetterListing } from "#layers/http/operations/deadLetterRoutes.ts"
import { buildPath } from "#layers/http/request/keyParams.ts"
import { keyOperationHeader } from "#layers/nats/messages/messageHeaders.ts"
import { isOriginal } from "#layers/services/RecordedEvent.ts"
import type { DerivedMessage, Evidence, LoggedEvent, LoggedMessage, Replica, ObservedRow } from "../checker/Evidence.ts"
import type { World } from "../faults/Fault.ts"
import { readReplica } from "./streams.ts"

/** The maximum number of rows of each view that are requested from each app, evenly spread. */
const maxObservedRows = 200

const toDerivedMessage = ({ subject, header }: StoredMsg): DerivedMessage => ({
  subject,
  id: header.get("ce-id"),
  type: header.get("ce-type"),
  commandId: decodeHeader(header.get("ce-commandid"))
})

/** Reads a stream on every node; `onMessage` gets the messages of the first node. */
const readAllReplicas = async ({ servers }: World, stream: string, onMessage: (message: StoredMsg) => void) => {
  const replicas: Array<Replica> = []
  for (const [n, node] of servers.nodes.entries()) {
    replicas.push(await readReplica(node, stream, n === 0 ? onMessage : () => {}))
  }
  return replicas
}

/** An app's answer; undefined if the app is down, which is already reported as not quiescent. */
const fetchJson = async (url: string): Promise<unknown> => {
  try {
    return await (await fetch(url, { signal: AbortSignal.timeout(10_000) })).json()
  } catch {
    return undefined
  }
}

const observeRows = async ({ apps }: World, view: Slice.View<any, any>, log: ReadonlyArray<LoggedEvent>) => {
  const reads = new Set(view.shows.reads.map(({ identifier }: { identifier: string }) => identifier))
  const eventByPath = new Map(
    log
      .filter((logged) => isOriginal(logged) && reads.has(logged.event._tag))
      .map(({ event }) => [Key.toBucketKey(Key.tokens(view.key, event as never)), event])
  )
  const all = [...eventByPath]
  const step = Math.max(1, Math.floor(all.length / maxObservedRows))
  const sampled = all.filter((_, n) => n % step === 0)
  const observed: Array<ObservedRow> = []
  for (const app of apps) {
    for (const [path, event] of sampled) {
      const row = await fetchJson(`${app.url}${buildPath(view, event)}`)
      if (row !== undefined) observed.push({ app: app.name, view: view.shows.name, path, row })
    }
  }
  return observed
}

/** A message of the log without its content. */
const toLoggedMessage = ({ header, seq: position, subject }: StoredMsg): LoggedMessage => {
  const id = header.get("Nats-Batch-Id")
  if (id === "") return { position, subject }
  const sequence = Number(header.get("Nats-Batch-Sequence"))
  return { position, subject, batch: { id, sequence, commits: header.get("Nats-Batch-Commit") !== "" } }
}

/** The log: its events and copies, checks and marks, and the messages that the board cannot decode. */
const collectLog = async (world: World) => {
  const { board } = world
  const codec = cloudEventCodec(board)
  const log: Array<LoggedEvent> = []
  const checks: Array<LoggedMessage> = []
  const undecodable = new Map<number, string>()
  const recordMessage = (message: StoredMsg) => {
    const { data, header, seq, subject } = message
    if (Subject.isNoEvent(subject)) return void checks.push(toLoggedMessage(message))
    const decoded = codec.decode({
      subject,
      position: seq,
      headers: header,
      data: () => JSON.parse(new TextDecoder().decode(data))
    })
    if (Result.isFailure(decoded)) return void undecodable.set(seq, subject)
    log.push({ ...decoded.success, ...toLoggedMessage(message) })
  }
  const replicas = await readAllReplicas(world, board.name, recordMessage)
  return { log, checks, undecodable, replicas }
}

const collectDerivedStream = async (world: World, stream: string) => {
  const messages: Array<DerivedMessage> = []
  const replicas = await readAllReplicas(world, stream, (message) => void messages.push(toDerivedMessage(message)))
  return { messages, replicas }
}

/** The rows of a bucket, by path. */
const collectBucket = async (world: World, bucket: string) => {
  const rows = new Map<string, string>()
  const recordRow = ({ data, header, subject }: StoredMsg) => {
    const path = subject.slice(`$KV.${bucket}.`.length)
    if (path === progressKey) return
    // Deleted, and perhaps not written again.
    if (header.get(keyOperationHeader) !== "") rows.delete(path)
    else rows.set(path, new TextDecoder().decode(data))
  }
  const replicas = await readAllReplicas(world, `KV_${bucket}`, recordRow)
  return { rows, replicas }
}

/** The ids of the dead letters that each app reports; an app that is down is missing. */
const collectDeadLetters = async ({ apps }: World) => {
  const deadLetters = new Map<string, ReadonlyArray<string>>()
  for (const { name, url } of apps) {
    const list = (await fetchJson(`${url}/operations/parked`)) as typeof DeadLetterListing.Type | undefined
    if (list !== undefined) {
      deadLetters.set(
        name,
        list.parked.map(({ id }) => id)
      )
    }
  }
  return deadLetters
}

/** Collects the evidence of a run, once the system is quiescent. */
export const collect = async (world: World, unsettled: ReadonlyArray<string>): Promise<Evidence> => {
  const { board } = world
  const { checks, log, undecodable, replicas } = await collectLog(world)
  const derivedStreams = new Map<string, ReadonlyArray<DerivedMessage>>()
  for (const stream of [...board.lanes.map(({ name }) => name), "audit"]) {
    const derived = await collectDerivedStream(world, stream)
    derivedStreams.set(stream, derived.messages)
    replicas.push(...derived.replicas)
  }
  const rows = new Map<string, ReadonlyMap<string, string>>()
  const observedRows: Array<ObservedRow> = []
  for (const view of Board.views(board)) {
    const bucket = bucketOf(view)
    const stored = await collectBucket(world, bucket)
    rows.set(bucket, stored.rows)
    replicas.push(...stored.replicas)
    observedRows.push(...(await observeRows(world, view, log)))
  }
  return {
    board,
    history: world.history.entries,
    log,
    checks,
    undecodable,
    deadLetters: await collectDeadLetters(world),
    derivedStreams,
    rows,
    observedRows,
    replicas,
    unsettled
  }
}
