import { Context, Effect, Layer } from "effect"
import type { Board } from "#domain/model/index.ts"
import { checkMessageSize, payloadLimit } from "#layers/codec/messageLimits.ts"
import { type EncodedMessage, sentMessageEncoder } from "#layers/codec/sentMessages.ts"
import { MessageSender } from "#layers/services/MessageSender.ts"

/** Receives what is sent. Without a server there are no other receivers, so by default messages are dropped, as without a subscriber. */
export const MessageListener = Context.Reference<(message: EncodedMessage) => void>("layers/memory/MessageListener", {
  defaultValue: () => () => {}
})

export const layer = (board: Board.Any) =>
  Layer.effect(
    MessageSender,
    Effect.map(MessageListener, (listen) => {
      const encode = sentMessageEncoder(board)
      return {
        send: (outgoing) =>
          Effect.suspend(() => {
            const message = encode(outgoing)
            const tooLarge = checkMessageSize(outgoing.message._tag, message, payloadLimit())
            return tooLarge ? Effect.fail(tooLarge) : Effect.sync(() => listen(message))
          })
      }
    })
  )
