import { Effect } from "effect"
import type { Raw } from "#layers/codec/boardCodec.ts"
import { HeaderBlock } from "#layers/codec/HeaderBlock.ts"
import { NoAnswer, type Requests } from "#layers/nats/connection/Requests.ts"
import { takesAway, writerIn } from "#layers/nats/messages/rawHeaders.ts"
import { code } from "#layers/nats/publish/publish.ts"

/** How the server spells a message in JSON: headers and body in base64. */
interface Stored {
  readonly subject: string
  readonly seq: number
  readonly hdrs?: string
  readonly data?: string
}

interface Answer {
  readonly message?: Stored
  readonly error?: { readonly err_code: number; readonly description: string }
}

const text = (base64 = "") => Buffer.from(base64, "base64").toString()

/** A message as a codec reads it. */
export const incoming = ({ subject, seq, hdrs, data }: Stored): Raw => ({
  subject,
  position: seq,
  headers: HeaderBlock.of(text(hdrs)),
  data: () => JSON.parse(text(data))
})

/** The body of a message. */
export const bodyOf = ({ data }: Stored): string => text(data)

/** Whether it says that a key of a bucket was taken away. */
export const isGone = ({ hdrs }: Stored): boolean => takesAway(text(hdrs))

/** Who put it into a bucket, if it said so. */
export const writerOf = ({ hdrs }: Stored) => writerIn(text(hdrs))

/**
 * Reads that the stream's leader answers. Direct reads are answered by the nearest replica, which on a cluster may be
 * some milliseconds behind what was acknowledged already.
 */
export const leaderOf = (requests: Requests["Service"], stream: string) => {
  const api = `$JS.API.STREAM.MSG.GET.${stream}`
  const get = (query: object): Effect.Effect<Stored | undefined, NoAnswer> =>
    Effect.flatMap(requests.one(api, JSON.stringify(query)), (reply) => {
      const { error, message } = reply.json<Answer>()
      return message !== undefined || error?.err_code === code.messageNotFound
        ? Effect.succeed(message)
        : Effect.fail(new NoAnswer({ subject: api, reason: error?.description ?? "it says nothing" }))
    })
  return {
    /** The newest message on a subject, wildcards allowed. */
    last: (subject: string) => get({ last_by_subj: subject }),
    /** The first message on a subject from a position on, wildcards allowed. */
    next: (subject: string, from: number) => get({ next_by_subj: subject, seq: from })
  }
}
