import { type ConsumerConfig, jetstreamManager, type StreamConfig } from "@nats-io/jetstream"
import { Effect } from "effect"
import type { Board } from "#domain/model/index.ts"
import { Nats } from "#layers/nats/connection/Nats.ts"
import { ServerTooOld } from "./backupErrors.ts"
import type { StreamDescription } from "./streamSnapshot.ts"

/** A consumer, and the position up to which it has acknowledged everything. */
export interface ConsumerSnapshot {
  readonly config: ConsumerConfig
  readonly acknowledged: number
}

/** The line that begins a stream in the file. The stream's bytes follow, and a line with its name again. */
export interface Section extends StreamDescription {
  readonly consumers: ReadonlyArray<ConsumerSnapshot>
}

export interface BackupProgress {
  readonly stream: string
  readonly messages: number
  readonly bytes: number
}

export type ReportProgress = (progress: BackupProgress) => Effect.Effect<void>

type SourcedStream = Pick<StreamConfig, "name"> & Partial<Pick<StreamConfig, "sources">>

/**
 * Derived streams before their sources: the log grows during a backup, and nothing in the file may refer to an event
 * that its log does not have. Restored in the opposite order, each stream finds its source.
 */
export const sortDerivedFirst = <S extends SourcedStream>(
  board: Board.Any,
  streams: ReadonlyArray<S>
): ReadonlyArray<S> => {
  const byName = new Map(streams.map((stream) => [stream.name, stream]))
  const depth = ({ name, sources = [] }: SourcedStream): number => {
    if (name === board.name) return -1
    if (name.startsWith("KV_")) return Number.MAX_SAFE_INTEGER
    return Math.max(0, ...sources.map((source) => 1 + depth(byName.get(source.name) ?? source)))
  }
  return streams.toSorted((a, b) => depth(b) - depth(a))
}

/** The connection and a manager of its streams. Fails with `ServerTooOld` on a server without exact snapshots. */
export const connectManager = Effect.gen(function* () {
  const nats = yield* Nats
  const { version = "unknown" } = nats.info ?? {}
  const [major = 0, minor = 0] = version.split(".").map(Number)
  if (major < 2 || (major === 2 && minor < 15)) return yield* new ServerTooOld({ version })
  const manager = yield* Effect.promise(() => jetstreamManager(nats, { checkAPI: false, timeout: 15_000 }))
  return { nats, manager, version }
})
