import { randomUUID } from "node:crypto"
import type { FileHandle } from "node:fs/promises"
import type { JetStreamManager } from "@nats-io/jetstream"
import { Effect, Stream } from "effect"
import type { Board } from "#domain/model/index.ts"
import { requireCluster } from "#layers/nats/connection/requireCluster.ts"
import { isMissing, restoreIdKey } from "#layers/nats/provision/provision.ts"
import { streamSpecs } from "#layers/nats/provision/streamSpecs.ts"
import { errorMessage } from "#layers/services/errorMessage.ts"
import { NotABackup, RestoreFailed, StreamsExist } from "./backupErrors.ts"
import * as Container from "./backupFile.ts"
import { resumeSources } from "./resumeSources.ts"
import { connectManager, type ReportProgress, type Section } from "./section.ts"
import { restoreStream } from "./streamSnapshot.ts"

/** The bytes of the stream whose section begins at an offset. */
const streamBytes = (handle: FileHandle, stream: string, at: number) =>
  Stream.fromAsyncIterable(
    Container.readParts(handle, at),
    (error) => new RestoreFailed({ stream, reason: errorMessage(error) })
  ).pipe(
    Stream.takeWhile((part) => !("line" in part && "end" in part.line)),
    Stream.flatMap((part) => ("bytes" in part ? Stream.succeed(part.bytes) : Stream.empty))
  )

const attempt = <A>(stream: string, work: () => Promise<A>) =>
  Effect.tryPromise({ try: work, catch: (error) => new RestoreFailed({ stream, reason: errorMessage(error) }) })

/** Removes streams that exist and have never had a message. Fails with `StreamsExist` if one of them has. */
const removeEmptyStreams = Effect.fnUntraced(function* (manager: JetStreamManager, names: ReadonlyArray<string>) {
  const existing: Array<{ readonly name: string; readonly messages: number; readonly isUsed: boolean }> = []
  for (const name of names) {
    const info = yield* attempt(name, () =>
      manager.streams.info(name).catch((error: unknown) => (isMissing(error) ? undefined : Promise.reject(error)))
    )
    if (info) existing.push({ name, messages: info.state.messages, isUsed: info.state.last_seq > 0 })
  }
  const used = existing.filter((stream) => stream.isUsed)
  if (used.length > 0) return yield* new StreamsExist({ streams: used })
  for (const { name } of existing) yield* attempt(name, () => manager.streams.delete(name))
})

/** Removes streams as far as the server allows. */
const removeStreams = (manager: JetStreamManager, names: ReadonlyArray<string>) =>
  Effect.forEach(names, (name) => Effect.ignore(Effect.tryPromise(() => manager.streams.delete(name))), {
    discard: true
  })

/**
 * Restores a backup to a server where none of its streams has had a message: with all sequences, and consumers that
 * continue at their positions. Restores everything or nothing. `replicas`: 1, or 3 on a cluster, whatever it was on the
 * original server.
 */
export const restore = Effect.fnUntraced(function* (
  board: Board.Any,
  file: string,
  replicas: number,
  report: ReportProgress
) {
  const { nats, manager } = yield* connectManager
  yield* requireCluster(nats, replicas)
  const handle = yield* Container.openFile(file)
  const { header, lines } = yield* Container.verify(file, handle)
  if (header.board !== board.name) {
    return yield* new NotABackup({ file, reason: `it is of the board ${header.board}, and this is ${board.name}` })
  }
  // A section marked `moved` was modified while it was written: another attempt follows, or the stream was left out.
  const sections = lines.filter(({ line }, n) => "stream" in line && !lines[n + 1]?.line["moved"]).toReversed()
  yield* removeEmptyStreams(
    manager,
    sections.map(({ line }) => String(line["stream"]))
  )

  const specs = new Map(streamSpecs(board, replicas).map((stream) => [stream.name, stream]))
  const configs = new Map(sections.map(({ line }) => [String(line["stream"]), (line as unknown as Section).config]))
  const restored: Array<string> = []
  const restoreSection = Effect.fnUntraced(function* (at: number, { config: saved, consumers, state }: Section) {
    const { name } = saved
    // The log keeps its identity but loses its latest events. The restore id shows to clients that the positions they
    // know may mean other events now.
    const metadata = name === board.name && { metadata: { ...saved.metadata, [restoreIdKey]: randomUUID() } }
    const { sources = [], ...config } = { ...saved, num_replicas: replicas, ...specs.get(name), ...metadata }
    restored.push(name)
    let bytes = 0
    const countedBytes = streamBytes(handle, name, at).pipe(
      Stream.tap((data) => report({ stream: name, messages: state.messages, bytes: (bytes += data.length) }))
    )
    const after = yield* restoreStream(nats, { config, state }, countedBytes)
    if (after.state.last_seq < state.last_seq) {
      const reason = `it ends at ${after.state.last_seq}, not at ${state.last_seq}`
      return yield* new RestoreFailed({ stream: name, reason })
    }
    if (sources.length > 0) {
      yield* attempt(name, async () =>
        manager.streams.update(name, {
          ...config,
          sources: await resumeSources(manager, config, sources, (source) => configs.get(source)?.subjects)
        })
      )
    }
    for (const { acknowledged, config } of consumers) {
      yield* attempt(name, async () => {
        await manager.consumers.add(name, { ...config, num_replicas: replicas })
        if (acknowledged > 0) await manager.consumers.reset(name, config.durable_name!, acknowledged + 1)
      })
    }
  })
  yield* Effect.forEach(sections, ({ at, line }) => restoreSection(at, line as unknown as Section), {
    discard: true
  }).pipe(Effect.onError(() => removeStreams(manager, restored)))
  return header
}, Effect.scoped)
