import { Board } from "#domain/model/index.ts"
import type { OutgoingMessage } from "#layers/services/MessageSender.ts"
import { headerLines } from "./cloudEventAttributes.ts"
import type { Message } from "./cloudEventCodec.ts"
import { eventCodec } from "./eventCodec.ts"
import * as Subject from "./Subject.ts"

/** A message as it is published. */
export interface EncodedMessage extends Message {
  readonly subject: string
  readonly id: string
}

/**
 * Encodes the messages of a board's automations as CloudEvents in binary mode. A repetition is the same byte for byte: its id and
 * its time are those of the event that it is about.
 */
export const sentMessageEncoder = (board: Board.Any) => {
  const types = new Map(
    Board.messages(board).map((type) => {
      const codec = eventCodec(board, type)
      const subject = Subject.messageSubject(board, type)
      return [type.identifier, { ...codec, subject }] as const
    })
  )
  return ({ message, streamId, ...sent }: OutgoingMessage): EncodedMessage => {
    const { dataschema, encode, subject } = types.get(message._tag)!
    const headers = headerLines({
      specversion: "1.0",
      id: sent.id,
      source: `/${board.name}/${sent.automation}`,
      type: message._tag,
      subject: streamId,
      time: sent.time,
      datacontenttype: "application/json",
      dataschema,
      correlationid: sent.correlationId,
      causationid: sent.causationId,
      actor: sent.actor,
      traceparent: sent.traceparent
    })
    return { subject, id: sent.id, headers, data: JSON.stringify(encode(message)) }
  }
}
