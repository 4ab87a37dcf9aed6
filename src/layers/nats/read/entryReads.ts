import type { Msg } from "@nats-io/transport-node"
import { Effect, Option } from "effect"
import { bucketStream, entryPrefix } from "#layers/buckets/bucketNames.ts"
import type { Requests } from "#layers/nats/connection/Requests.ts"
import {
  hasTombstoneHeader,
  headerText,
  headerValue,
  parseWriter,
  statusOf
} from "#layers/nats/messages/messageHeaders.ts"
import type { Entry, StoreUnavailable } from "#layers/services/KeyValue.ts"
import { bodyOf, isTombstone, type makeLeaderReads, writerOf } from "./leaderReads.ts"

type Unavailable = (reason: string) => StoreUnavailable

/** What is stored under a key, a value or a tombstone, with the revision that the next put expects. */
const parseEntry = (message: Msg) => {
  if (statusOf(message) > 0) return { entry: Option.none(), revision: 0 }
  const headers = headerText(message)
  const revision = Number(headerValue(headers, "Nats-Sequence"))
  const entry: Option.Option<Entry> = hasTombstoneHeader(headers)
    ? Option.none()
    : Option.some({ value: message.string(), revision, ...parseWriter(headers) })
  return { entry, revision }
}

/** Reads what is under a key, from the nearest replica. */
export const directEntryReader =
  (requests: Requests["Service"], name: string, unavailable: Unavailable) => (key: string) =>
    requests.one(`$JS.API.DIRECT.GET.${bucketStream(name)}.${entryPrefix(name)}${key}`, "").pipe(
      Effect.mapError(({ reason }) => unavailable(reason)),
      Effect.map(parseEntry)
    )

/** Reads the value of a key, from the leader. */
export const leaderEntryReader =
  (leader: ReturnType<typeof makeLeaderReads>, name: string, unavailable: Unavailable) =>
  (key: string): Effect.Effect<Option.Option<Entry>, StoreUnavailable> =>
    leader.last(`${entryPrefix(name)}${key}`).pipe(
      Effect.mapError(({ reason }) => unavailable(reason)),
      Effect.map((message) =>
        message && !isTombstone(message)
          ? Option.some({ value: bodyOf(message), revision: message.seq, ...writerOf(message) })
          : Option.none()
      )
    )
