import type { JetStreamManager, StreamConfig, StreamSource } from "@nats-io/jetstream"
import { copiedSubjects, lastCopiedPosition } from "#layers/nats/provision/copies/copiedMessages.ts"
import { differences } from "./configDiff.ts"

const subjectsOf = ({ subject_transforms = [] }: StreamSource) => ({ subject_transforms })

/** Whether the server takes it for the same source, and so knows what it has copied of it. */
const isSame = (wanted: StreamSource, found: StreamSource | undefined): found is StreamSource =>
  found !== undefined && differences(subjectsOf(wanted), subjectsOf(found)).length === 0

/**
 * The wanted sources of an existing stream, with start positions, which a board does not declare. The server treats a source
 * with other subjects as a new one and would copy all of it again, so copying stops first, and continues after the newest
 * message that was copied. Repeated after an interruption, it does the same.
 */
export const withSourceStarts = async (
  manager: JetStreamManager,
  found: StreamConfig,
  wanted: ReadonlyArray<StreamSource>
): Promise<Array<StreamSource>> => {
  const foundSource = ({ name }: StreamSource) => found.sources?.find((source) => source.name === name)
  const same = wanted.flatMap((source) => {
    const before = foundSource(source)
    return isSame(source, before) ? [before] : []
  })
  if (same.length < wanted.length) await manager.streams.update(found.name, { ...found, sources: same })
  const startOf = async (source: StreamSource): Promise<number> => {
    const before = foundSource(source)
    if (isSame(source, before)) return before.opt_start_seq ?? 0
    const subjects = [source, ...(before ? [before] : [])].flatMap((each) => copiedSubjects(each, [">"]))
    const copied = subjects.map((subject) => lastCopiedPosition(manager, found, source.name, subject))
    const last = Math.max(...(await Promise.all(copied)))
    return last === 0 ? 0 : last + 1
  }
  return Promise.all(wanted.map(async (source) => ({ ...source, opt_start_seq: await startOf(source) })))
}
