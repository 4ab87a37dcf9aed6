import type { JetStreamManager, StreamConfig, StreamSource } from "@nats-io/jetstream"
import { ApiErrorCode, hasApiCode } from "#layers/nats/messages/apiErrors.ts"
import { lineageOf } from "./lineage.ts"

/** The header that the server puts on a message that it copied into a stream. */
export const sourceHeader = "Nats-Stream-Source"

/** Where a copied message comes from. */
interface CopyOrigin {
  readonly stream: string
  readonly position: number
  /** Its subject there. */
  readonly subject: string
}

/**
 * Parses `library 20 library.> audit.accepted.> library.book.stock.b20.book-acquired 2cNGqOZ1`; the last token differs
 * for each stream that is created.
 */
export const parseCopyOrigin = (header: string): CopyOrigin | undefined => {
  const [stream = "", position = "", , , subject = ""] = header.split(" ")
  return Number(position) > 0 ? { stream, position: Number(position), subject } : undefined
}

const isMessageNotFound = hasApiCode(ApiErrorCode.messageNotFound)

/** Reads from the stream's leader; null if there is no message. */
export const messageAt = (
  manager: JetStreamManager,
  stream: string,
  query: { seq: number } | { last_by_subj: string }
) =>
  manager.streams.getMessage(stream, query).catch((error: unknown) => {
    if (isMessageNotFound(error)) return null
    throw error
  })

/**
 * The subjects of a source's messages in the stream that copies them. After a mapping function of the server, any token
 * matches.
 */
export const copiedSubjects = ({ subject_transforms = [] }: StreamSource, defaultSubjects: ReadonlyArray<string>) =>
  subject_transforms.length === 0
    ? defaultSubjects
    : subject_transforms.map(({ dest }) => (dest.includes("{{") ? `${dest.slice(0, dest.indexOf("{{"))}>` : dest))

/**
 * The newest position of `source` of which a stream has a copy on a subject, in its present lineage. Without one, the
 * last cut's `keptPosition`, or 0.
 */
export const lastCopiedPosition = async (
  manager: JetStreamManager,
  config: StreamConfig,
  source: string,
  subject: string
): Promise<number> => {
  const { upTo, keptPosition } = lineageOf(config).cuts.at(-1) ?? { upTo: 0, keptPosition: 0 }
  let message = await messageAt(manager, config.name, { last_by_subj: subject })
  for (let seq = message?.seq ?? 0; seq > upTo; message = await messageAt(manager, config.name, { seq: --seq })) {
    const origin = parseCopyOrigin(message?.header.get(sourceHeader) ?? "")
    if (origin?.stream === source) return origin.position
  }
  return keptPosition
}
