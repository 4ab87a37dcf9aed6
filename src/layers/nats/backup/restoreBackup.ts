import { randomUUID } from "node:crypto"
import type { FileHandle } from "node:fs/promises"
import { Effect, Stream } from "effect"
import type { Board } from "#domain/model/index.ts"
import { clusteredFor } from "#layers/nats/connection/requireCluster.ts"
import { isMissing, restoredBy } from "#layers/nats/provision/provision.ts"
import { streamsOf } from "#layers/nats/provision/streamConfigs.ts"
import { reasonOf } from "#layers/services/errorMessage.ts"
import { NotABackup, RestoreFailed, StreamsExist } from "./backupErrors.ts"
import * as Container from "./backupFile.ts"
import { resumed } from "./resumeSources.ts"
import { managed, type Report, type Section } from "./section.ts"
import { restore as restoreStream } from "./streamSnapshot.ts"

/** The bytes of the stream whose line begins here. */
const bytesOf = (handle: FileHandle, stream: string, at: number) =>
  Stream.fromAsyncIterable(
    Container.parts(handle, at),
    (error) => new RestoreFailed({ stream, reason: reasonOf(error) })
  ).pipe(
    Stream.takeWhile((part) => !("line" in part && "end" in part.line)),
    Stream.flatMap((part) => ("bytes" in part ? Stream.succeed(part.bytes) : Stream.empty))
  )

/**
 * A backup back where none of its streams holds anything, with every sequence it had, and consumers that go on where they
 * stood. All of it, or nothing. `replicas`: 1, or 3 on a cluster, whatever it was where it comes from.
 */
export const restore = Effect.fnUntraced(function* (board: Board.Any, file: string, replicas: number, report: Report) {
  const { nats, manager } = yield* managed
  yield* clusteredFor(nats, replicas)
  const handle = yield* Container.openFile(file)
  const { header, lines } = yield* Container.verify(file, handle)
  if (header.board !== board.name) {
    return yield* new NotABackup({ file, reason: `it is of the board ${header.board}, and this is ${board.name}` })
  }
  // One that moved while it was written was begun again.
  const sections = lines.filter(({ line }, n) => "stream" in line && !lines[n + 1]?.line["moved"]).toReversed()
  const attempt = <A>(stream: string, work: () => Promise<A>) =>
    Effect.tryPromise({ try: work, catch: (error) => new RestoreFailed({ stream, reason: reasonOf(error) }) })

  const found: Array<{ readonly name: string; readonly messages: number; readonly used: boolean }> = []
  for (const { line } of sections) {
    const name = String(line["stream"])
    const info = yield* attempt(name, () =>
      manager.streams.info(name).catch((error: unknown) => (isMissing(error) ? undefined : Promise.reject(error)))
    )
    if (info) found.push({ name, messages: info.state.messages, used: info.state.last_seq > 0 })
  }
  const used = found.filter((stream) => stream.used)
  if (used.length > 0) return yield* new StreamsExist({ streams: used })
  for (const { name } of found) yield* attempt(name, () => manager.streams.delete(name))

  const wanted = new Map(streamsOf(board, replicas).map((stream) => [stream.name, stream]))
  const configs = new Map(sections.map(({ line }) => [String(line["stream"]), (line as unknown as Section).config]))
  const restored: Array<string> = []
  const one = Effect.fnUntraced(function* (at: number, { config: saved, consumers, state }: Section) {
    const { name } = saved
    // The log is the same one, taken back: what clients keep of its positions shows by this that they may mean other events.
    const metadata = name === board.name && { metadata: { ...saved.metadata, [restoredBy]: randomUUID() } }
    const { sources = [], ...config } = { ...saved, num_replicas: replicas, ...wanted.get(name), ...metadata }
    restored.push(name)
    let bytes = 0
    const counted = bytesOf(handle, name, at).pipe(
      Stream.tap((data) => report({ stream: name, messages: state.messages, bytes: (bytes += data.length) }))
    )
    const now = yield* restoreStream(nats, { config, state }, counted)
    if (now.state.last_seq < state.last_seq) {
      const reason = `it ends at ${now.state.last_seq}, not at ${state.last_seq}`
      return yield* new RestoreFailed({ stream: name, reason })
    }
    if (sources.length > 0) {
      yield* attempt(name, async () =>
        manager.streams.update(name, {
          ...config,
          sources: await resumed(manager, config, sources, (source) => configs.get(source)?.subjects)
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
  yield* Effect.forEach(sections, ({ at, line }) => one(at, line as unknown as Section), { discard: true }).pipe(
    Effect.onError(() =>
      Effect.forEach(restored, (name) => Effect.ignore(Effect.tryPromise(() => manager.streams.delete(name))), {
        discard: true
      })
    )
  )
  return header
}, Effect.scoped)
