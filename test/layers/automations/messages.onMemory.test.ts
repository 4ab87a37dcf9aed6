import { Layer } from "effect"
import { parseHeaders } from "#layers/codec/cloudEventAttributes.ts"
import * as Memory from "#layers/memory/memoryServices.ts"
import { MessageListener } from "#layers/memory/MessageSenderMemory.ts"
import { messages, Received, type ReceivedMessage } from "./messages.suite.ts"

messages("memory", (board) => {
  const received: Array<ReceivedMessage> = []
  const listener = Layer.succeed(MessageListener, ({ data, headers, id, subject }) => {
    received.push({ subject, body: data, headers: { ...Object.fromEntries(parseHeaders(headers)), "nats-msg-id": id } })
  })
  return Layer.merge(Memory.layer(board).pipe(Layer.provide(listener)), Layer.succeed(Received, { messages: received }))
})
