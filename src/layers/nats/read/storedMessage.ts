import { parseHeaders } from "#layers/codec/cloudEventAttributes.ts"
import type { StoredMessage } from "#layers/contract/channelsSchema.ts"
import { parseJsonOrText } from "#layers/nats/messages/logMessages.ts"
import { bodyOf, headerTextOf, type LeaderMessage } from "./leaderReads.ts"

/** A message of a stream, with its headers as stored. */
export const toStoredMessage = (stream: string, message: LeaderMessage): StoredMessage => ({
  stream,
  subject: message.subject,
  sequence: message.seq,
  time: message.time,
  headers: Object.fromEntries(parseHeaders(headerTextOf(message))),
  payload: parseJsonOrText(bodyOf(message)) as StoredMessage["payload"]
})
