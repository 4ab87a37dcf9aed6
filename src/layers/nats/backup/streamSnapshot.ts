import type { StreamConfig, StreamState } from "@nats-io/jetstream"
import { errors, type Msg, type NatsConnection } from "@nats-io/transport-node"
import { Effect, Queue, Schedule, Stream } from "effect"
import { newInbox } from "#layers/nats/connection/inboxes.ts"
import { errorMessage } from "#layers/services/errorMessage.ts"
import { upToElapsed } from "#layers/timing/upToElapsed.ts"
import { RestoreFailed, SnapshotFailed } from "./backupErrors.ts"

/** A stream as the server describes it with a snapshot, and expects it for a restore. */
export interface StreamDescription {
  readonly config: StreamConfig
  readonly state: StreamState
}

type ApiResponse<A> = Partial<A> & { readonly error?: { readonly err_code: number; readonly description: string } }

/** Bytes per message, and bytes in flight without acknowledgement. */
const chunkSizeBytes = 128 * 1024
const windowSizeBytes = 4 * 1024 * 1024

/** Raft groups that were just created may need a while to respond, and so may the end of a large restore. */
const idleTimeout = "20 seconds"
const requestTimeoutMillis = 60_000

/** At first, only the responder's own node may know of it. A request without a responder can be sent again. */
const noRespondersRetry = Schedule.spaced("50 millis").pipe(upToElapsed("5 seconds"))
const isNoResponders = (error: unknown) => error instanceof errors.RequestError && error.isNoResponders()

const requestJson = async <A>(nats: NatsConnection, subject: string, payload: Uint8Array | string): Promise<A> => {
  const reply = await nats.request(subject, payload, { timeout: requestTimeoutMillis })
  if (reply.data.length === 0) return {} as A
  const { error, ...answer } = reply.json<ApiResponse<A>>()
  if (error) throw new Error(`${error.description} (${error.err_code})`)
  return answer as A
}

/**
 * A snapshot of a stream without its consumers: its description and its bytes. It holds every message up to
 * `state.last_seq` and none after it. More bytes are requested as these are consumed.
 */
export const takeSnapshot = Effect.fnUntraced(function* (nats: NatsConnection, stream: string) {
  const toSnapshotFailed = (reason: string) => new SnapshotFailed({ stream, reason })
  const queue = yield* Queue.make<Msg>()
  const inbox = newInbox(nats)
  yield* Effect.acquireRelease(
    Effect.sync(() => nats.subscribe(inbox, { callback: (_, message) => void Queue.offerUnsafe(queue, message) })),
    (subscription) => Effect.sync(() => subscription.unsubscribe())
  )
  const { config, state } = yield* Effect.tryPromise({
    try: () =>
      requestJson<StreamDescription>(
        nats,
        `$JS.API.STREAM.SNAPSHOT.${stream}`,
        JSON.stringify({
          deliver_subject: inbox,
          no_consumers: true,
          jsck: true,
          chunk_size: chunkSizeBytes,
          window_size: windowSizeBytes
        })
      ),
    catch: (error) => toSnapshotFailed(errorMessage(error))
  })
  const nextMessage = Queue.take(queue).pipe(
    Effect.timeoutOrElse({
      duration: idleTimeout,
      orElse: () => Effect.fail(toSnapshotFailed(`no more of it came in ${idleTimeout}`))
    }),
    Effect.flatMap((message) => {
      const { code = 0, description = "" } = message.headers ?? {}
      if (code >= 400) return Effect.fail(toSnapshotFailed(description))
      return Effect.succeed(message)
    })
  )
  const bytes = Stream.fromEffectRepeat(nextMessage).pipe(
    Stream.takeWhile(({ data }) => data.length > 0),
    Stream.mapEffect((message) =>
      Effect.as(
        Effect.sync(() => message.respond()),
        message.data
      )
    )
  )
  return { config, state, bytes }
})

/**
 * Creates a stream from its bytes, with its sequences. Fails if the name exists. Returns the new stream's description.
 */
export const restoreStream = Effect.fnUntraced(function* <E, R>(
  nats: NatsConnection,
  { config, state }: StreamDescription,
  bytes: Stream.Stream<Uint8Array, E, R>
) {
  const attempt = <A>(subject: string, payload: Uint8Array | string) =>
    Effect.tryPromise({ try: () => requestJson<A>(nats, subject, payload), catch: (error) => error }).pipe(
      Effect.retry({ schedule: noRespondersRetry, while: isNoResponders }),
      Effect.mapError((error) => new RestoreFailed({ stream: config.name, reason: errorMessage(error) }))
    )
  const { deliver_subject } = yield* attempt<{ readonly deliver_subject: string }>(
    `$JS.API.STREAM.RESTORE.${config.name}`,
    JSON.stringify({ config, state })
  )
  yield* Stream.runForEach(bytes, (data) => attempt(deliver_subject, data))
  return yield* attempt<StreamDescription>(deliver_subject, "")
})
