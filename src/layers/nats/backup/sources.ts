import type { JetStreamManager, StreamConfig, StreamSource } from "@nats-io/jetstream"
import { code, saysOneOf } from "../publish.ts"

const isNoMessage = saysOneOf(code.messageNotFound)

const messageAt = (manager: JetStreamManager, stream: string, query: { seq: number } | { last_by_subj: string }) =>
  manager.streams.getMessage(stream, query).catch((error: unknown) => {
    if (isNoMessage(error)) return null
    throw error
  })

/** What a source's messages are called where they are copied to. Behind a function of the server, anything. */
const subjectsOf = ({ subject_transforms = [] }: StreamSource, own: ReadonlyArray<string>) =>
  subject_transforms.length === 0
    ? own
    : subject_transforms.map(({ dest }) => (dest.includes("{{") ? `${dest.slice(0, dest.indexOf("{{"))}>` : dest))

/** The newest sequence of `source` that a stream has a copy of; 0 for none. */
const newestOf = async (manager: JetStreamManager, stream: string, source: StreamSource, subject: string) => {
  let message = await messageAt(manager, stream, { last_by_subj: subject })
  for (let seq = message?.seq ?? 0; seq > 0; message = await messageAt(manager, stream, { seq: --seq })) {
    const [from, sequence] = message?.header.get("Nats-Stream-Source").split(" ") ?? []
    if (from === source.name) return Number(sequence)
  }
  return 0
}

/**
 * The sources of a stream that was restored, each from behind what was copied of it. The server takes a source that was
 * restored for another stream of the same name, and would else copy all of it once more.
 */
export const resumed = (
  manager: JetStreamManager,
  stream: string,
  sources: ReadonlyArray<StreamSource>,
  configs: ReadonlyMap<string, StreamConfig>
): Promise<Array<StreamSource>> =>
  Promise.all(
    sources.map(async ({ opt_start_seq: _, opt_start_time: __, ...source }) => {
      const subjects = subjectsOf(source, configs.get(source.name)?.subjects ?? [">"])
      const newest = await Promise.all(subjects.map((subject) => newestOf(manager, stream, source, subject)))
      return { ...source, opt_start_seq: Math.max(0, ...newest) + 1 }
    })
  )
