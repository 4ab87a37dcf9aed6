import { randomUUID } from "node:crypto"
import type { JetStreamClient } from "@nats-io/jetstream"
import { headers as makeHeaders, type MsgHdrs } from "@nats-io/transport-node"
import { Board, Boundary } from "#domain/model/index.ts"
import { parseHeaders } from "#layers/codec/cloudEventAttributes.ts"
import { cloudEventCodec } from "#layers/codec/cloudEventCodec.ts"
import * as Subject from "#layers/codec/Subject.ts"
import { deriveId, digest } from "#layers/services/Ids.ts"
import type { DomainEvent } from "#layers/services/RecordedEvent.ts"

/** An encoded event, ready to publish with the plain client. */
export interface PreparedMessage {
  readonly id: string
  readonly subject: string
  /** The subject filter of its event stream, for reads and expected sequences. */
  readonly filter: string
  readonly headers: string
  readonly data: string
}

/** Encodes events as `execute` does. */
export const messageEncoder = (board: Board.Any) => {
  const codec = cloudEventCodec(board)
  const lanes = Board.laneOf(board)
  const time = new Date().toISOString()
  return (
    event: DomainEvent,
    context: { readonly command: string; readonly index: number; readonly commandId?: string; readonly nth?: number }
  ): PreparedMessage => {
    const lane = lanes.get(event._tag)!
    const streamId = Boundary.streamId(lane.boundary, event as never)
    const { command, index, commandId = randomUUID(), nth = 0 } = context
    const id = deriveId(`${commandId}/${nth}`)
    const subject = Subject.eventSubject(board, streamId, lane, event._tag)
    const { headers, data } = codec.encode({
      id,
      subject,
      streamRevision: index,
      event,
      command,
      commandId,
      commandHash: digest([command, event]),
      actor: "Guest",
      correlationId: streamId.key,
      causationId: commandId,
      time,
      streamId: Boundary.format(streamId)
    })
    return { id, subject, filter: Subject.streamFilter(board, streamId), headers, data }
  }
}

export const headersOf = ({ headers }: PreparedMessage): MsgHdrs => {
  const all = makeHeaders()
  for (const [name, value] of parseHeaders(headers)) all.append(name, value)
  return all
}

/** Publishes a message with an expected sequence through the plain client, and waits for the acknowledgement. */
export const publish = async (js: JetStreamClient, raw: PreparedMessage, position: number): Promise<number> => {
  const { seq, duplicate } = await js.publish(raw.subject, raw.data, {
    headers: headersOf(raw),
    msgID: raw.id,
    expect: { lastSubjectSequence: position, lastSubjectSequenceSubject: raw.filter }
  })
  if (duplicate) throw new Error(`${raw.subject} was treated as a duplicate`)
  return seq
}
