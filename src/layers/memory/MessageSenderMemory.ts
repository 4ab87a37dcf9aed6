import { Context, Effect, Layer } from "effect"
import type { Board } from "#domain/model/index.ts"
import { checkMessageSize } from "#layers/codec/messageLimits.ts"
import { type EncodedMessage, sentMessageEncoder } from "#layers/codec/sentMessages.ts"
import { MessageSender } from "#layers/services/MessageSender.ts"

/** Receives what is sent. Without a server nobody else can, so by default messages are dropped, as without a subscriber. */
export const MessageListener = Context.Reference<(message: EncodedMessage) => void>("layers/memory/MessageListener", {
  defaultValue: () => () => {}
})

/** The default `max_payload` of nats-server. */
const limit = { maxBytes: 1_048_576, limit: "max_payload" } as const

export const layer = (board: Board.Any) =>
  Layer.effect(
    MessageSender,
    Effect.map(MessageListener, (listen) => {
      const encode = sentMessageEncoder(board)
      return {
        send: (outgoing) =>
          Effect.suspend(() => {
            const message = encode(outgoing)
            const tooLarge = checkMessageSize(outgoing.message._tag, message, limit)
            return tooLarge ? Effect.fail(tooLarge) : Effect.sync(() => listen(message))
          })
      }
    })
  )
