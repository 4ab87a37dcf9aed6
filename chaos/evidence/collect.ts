import type { StoredMsg } from "@nats-io/jetstream"
import { Result } from "effect"
import { Board, Key, type Slice } from "#domain/model/index.ts"
import { codecOf } from "#layers/codec/boardCodec.ts"
import { decodeHeader } from "#layers/codec/cloudEventAttributes.ts"
import type { ParkedList } from "#layers/http/operations/deadLetterRoutes.ts"
import { fill } from "#layers/http/request/keyParameters.ts"
import { keyOperation } from "#layers/nats/messages/rawHeaders.ts"
import { bucketOf, progressKey } from "#layers/services/buckets.ts"
import type { Copy, Evidence, Logged, Replica, Seen } from "../checker/Case.ts"
import type { World } from "../faults/Fault.ts"
import { read } from "./streams.ts"

/** The most rows of each view that are asked of each app, evenly spread. */
const mostSeen = 200

const copyOf = ({ subject, header }: StoredMsg): Copy => ({
  subject,
  id: header.get("ce-id"),
  type: header.get("ce-type"),
  commandId: decodeHeader(header.get("ce-commandid"))
})

/** Reads a stream on every node; the messages are those of the first. */
const everywhere = async ({ servers }: World, stream: string, take: (message: StoredMsg) => void) => {
  const replicas: Array<Replica> = []
  for (const [n, node] of servers.nodes.entries()) {
    replicas.push(await read(node, stream, n === 0 ? take : () => {}))
  }
  return replicas
}

/** What an app answers; undefined from an app that is not up, which did not come to rest either and is reported so. */
const told = async (url: string): Promise<unknown> => {
  try {
    return await (await fetch(url, { signal: AbortSignal.timeout(10_000) })).json()
  } catch {
    return undefined
  }
}

const seenBy = async ({ apps }: World, view: Slice.View<any, any>, log: ReadonlyArray<Logged>) => {
  const reads = new Set(view.shows.reads.map(({ identifier }: { identifier: string }) => identifier))
  const about = new Map(
    log
      .filter(({ fact }) => reads.has(fact._tag))
      .map(({ fact }) => [Key.path(Key.tokens(view.key, fact as never)), fact])
  )
  const all = [...about]
  const step = Math.max(1, Math.floor(all.length / mostSeen))
  const chosen = all.filter((_, n) => n % step === 0)
  const seen: Array<Seen> = []
  for (const app of apps) {
    for (const [path, fact] of chosen) {
      const row = await told(`${app.url}${fill(view, fact)}`)
      if (row !== undefined) seen.push({ app: app.name, view: view.shows.name, path, row })
    }
  }
  return seen
}

/** Reads everything that is left of a run, when nothing moves any more. */
export const collect = async (world: World, board: Board.Any, restless: ReadonlyArray<string>): Promise<Evidence> => {
  const codec = codecOf(board)
  const log: Array<Logged> = []
  const strange = new Map<number, string>()
  const copies = new Map<string, Array<Copy>>()
  const rows = new Map<string, Map<string, string>>()

  const takeFact = ({ data, header, seq, subject }: StoredMsg) => {
    const decoded = codec.decode({
      subject,
      position: seq,
      headers: header,
      data: () => JSON.parse(new TextDecoder().decode(data))
    })
    if (Result.isFailure(decoded)) return void strange.set(seq, subject)
    const id = header.get("Nats-Batch-Id")
    const sequence = Number(header.get("Nats-Batch-Sequence"))
    const batch = { id, sequence, commits: header.get("Nats-Batch-Commit") !== "" }
    log.push(id === "" ? decoded.success : { ...decoded.success, batch })
  }

  const replicas = await everywhere(world, board.name, takeFact)
  for (const stream of [...board.lanes.map(({ name }) => name), "audit"]) {
    const found: Array<Copy> = []
    copies.set(stream, found)
    replicas.push(...(await everywhere(world, stream, (message) => void found.push(copyOf(message)))))
  }
  const seen: Array<Seen> = []
  for (const view of Board.views(board)) {
    const bucket = bucketOf(view)
    const found = new Map<string, string>()
    rows.set(bucket, found)
    const take = ({ data, header, subject }: StoredMsg) => {
      const path = subject.slice(`$KV.${bucket}.`.length)
      if (path === progressKey) return
      // Deleted, and perhaps not put back.
      if (header.get(keyOperation) !== "") found.delete(path)
      else found.set(path, new TextDecoder().decode(data))
    }
    replicas.push(...(await everywhere(world, `KV_${bucket}`, take)))
    seen.push(...(await seenBy(world, view, log)))
  }
  const parked = new Map<string, ReadonlyArray<string>>()
  for (const { name, url } of world.apps) {
    const list = (await told(`${url}/operations/parked`)) as typeof ParkedList.Type | undefined
    if (list !== undefined) {
      parked.set(
        name,
        list.parked.map(({ id }) => id)
      )
    }
  }
  return { board, history: world.history.entries, log, strange, parked, copies, rows, seen, replicas, restless }
}
