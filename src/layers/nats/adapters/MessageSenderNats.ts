import { type NatsConnection, PermissionViolationError, type Status } from "@nats-io/transport-node"
import { Effect, Layer, Stream } from "effect"
import type { Board } from "#domain/model/index.ts"
import { checkMessageSize, payloadLimit } from "#layers/codec/messageLimits.ts"
import { type EncodedMessage, sentMessageEncoder } from "#layers/codec/sentMessages.ts"
import { Nats } from "#layers/nats/connection/Nats.ts"
import { encodeHeaders } from "#layers/nats/publish/publish.ts"
import { errorMessage } from "#layers/services/errorMessage.ts"
import { MessageNotConfirmed, MessageNotPermitted, MessageSender } from "#layers/services/MessageSender.ts"

const confirmTimeout = "5 seconds"

/** Collects the subjects to which the server does not permit this connection to publish, with its reasons. */
const watchDenials = Effect.fnUntraced(function* (nats: NatsConnection) {
  const denials = new Map<string, string>()
  const note = (status: Status) => {
    if (status.type !== "error" || !(status.error instanceof PermissionViolationError)) return
    const { message, operation, subject } = status.error
    if (operation === "publish") denials.set(subject, message)
  }
  yield* Stream.fromAsyncIterable(nats.status(), (error) => error).pipe(
    Stream.runForEach((status) => Effect.sync(() => note(status))),
    Effect.ignore,
    Effect.forkScoped
  )
  return denials
})

/**
 * Publishes without a reply: a message of core NATS. The answer to a ping behind it confirms that the server has it, since
 * publishing to a connection that drops meanwhile reports no error.
 */
const publishConfirmed = (nats: NatsConnection, { id, subject, ...message }: EncodedMessage) =>
  Effect.tryPromise({
    try: async () => {
      nats.publish(subject, message.data, { headers: encodeHeaders(message, { "Nats-Msg-Id": id }) })
      await nats.flush()
      // The server sends a refusal before the pong, and the client reports it by a slower way.
      await new Promise<void>((resume) => void setImmediate(resume))
    },
    catch: (error) => new MessageNotConfirmed({ subject, reason: errorMessage(error) })
  }).pipe(
    Effect.timeoutOrElse({
      duration: confirmTimeout,
      orElse: () => Effect.fail(new MessageNotConfirmed({ subject, reason: "it did not answer in time" }))
    })
  )

export const layer = (board: Board.Any) =>
  Layer.effect(
    MessageSender,
    Effect.gen(function* () {
      const nats = yield* Nats
      const encode = sentMessageEncoder(board)
      const denials = yield* watchDenials(nats)
      return {
        send: Effect.fnUntraced(function* (outgoing) {
          const message = encode(outgoing)
          const { subject } = message
          const tooLarge = checkMessageSize(outgoing.message._tag, message, payloadLimit(nats.info?.max_payload))
          if (tooLarge) return yield* tooLarge
          denials.delete(subject)
          yield* publishConfirmed(nats, message)
          const reason = denials.get(subject)
          if (reason !== undefined) return yield* new MessageNotPermitted({ subject, reason })
        })
      }
    })
  )
