import type { JetStreamManager, StreamConfig, StreamSource } from "@nats-io/jetstream"
import { lastCopiedPosition, copiedSubjects } from "#layers/nats/provision/copies/copiedMessages.ts"

/**
 * The sources of a stream, each starting after what was copied of it. The server treats a source that was restored or
 * recreated as another stream, and would otherwise copy all of it again. `config` is that of the stream as it is, with
 * its lineage.
 */
export const resumeSources = (
  manager: JetStreamManager,
  config: StreamConfig,
  sources: ReadonlyArray<StreamSource>,
  subjectsIn: (source: string) => ReadonlyArray<string> | undefined
): Promise<Array<StreamSource>> =>
  Promise.all(
    sources.map(async ({ opt_start_seq: _, opt_start_time: __, ...source }) => {
      const subjects = copiedSubjects(source, subjectsIn(source.name) ?? [">"])
      const copiedPositions = await Promise.all(
        subjects.map((subject) => lastCopiedPosition(manager, config, source.name, subject))
      )
      return { ...source, opt_start_seq: Math.max(0, ...copiedPositions) + 1 }
    })
  )
