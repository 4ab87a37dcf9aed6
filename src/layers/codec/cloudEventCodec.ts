import { Board, type Event, Upcast } from "#domain/model/index.ts"
import type { AuditEntry } from "#layers/services/Audit.ts"
import type { EventMetadata, RecordedEvent } from "#layers/services/RecordedEvent.ts"
import { type Attributes, headerLines, leadingHeaders, sourceAttribute } from "./cloudEventAttributes.ts"
import { eventCodec, dataschemaUri } from "./eventCodec.ts"
import { eventDecoder, lazyEventDecoder } from "./eventDecoder.ts"
import { storedShapeCodecs } from "./storedShapeCodecs.ts"

/** An encoded message: its headers as lines of text, each with its line end, and its body. */
export interface Message {
  readonly headers: string
  readonly data: string
}

/** The attributes that differ between the messages of one command; `EventMetadata` has the others. */
type OwnAttributes = Pick<Attributes, "id" | "subject"> & Partial<Pick<Attributes, "factindex" | "copyof">>

/** Formats the header lines of messages of one type. */
const headerWriter = (board: Board.Any, type: string, dataschema: string) => {
  const leading = leadingHeaders(dataschema)
  const trailing = headerLines({ datacontenttype: "application/json", type })
  return (metadata: EventMetadata, attributes: OwnAttributes): string =>
    leading +
    headerLines({
      ...sourceAttribute(board.name, metadata.command),
      time: metadata.time,
      correlationid: metadata.correlationId,
      causationid: metadata.causationId,
      commandid: metadata.commandId,
      commandhash: metadata.commandHash,
      actor: metadata.actor,
      ...(metadata.authId !== undefined && { authid: metadata.authId, authtype: "app_user" }),
      traceparent: metadata.traceparent,
      ...attributes
    }) +
    trailing
}

const rejectionWriters = (board: Board.Any) => {
  const types: ReadonlyArray<Event.Any> = Board.commands(board).flatMap(({ rejects }) => rejects)
  return new Map(
    types.map((type) => {
      const { dataschema, encode } = eventCodec(board, type)
      return [type.identifier, { encode, writeHeaders: headerWriter(board, type.identifier, dataschema) }] as const
    })
  )
}

/**
 * Encodes an entry of the audit. Its type is the rejection, `Unchanged` if the command had nothing to do, or the action
 * of an operator: `PositionVoided` or `DeadLetterDismissed`.
 */
const auditEncoder = (board: Board.Any) => {
  const rejections = rejectionWriters(board)
  const headersOfType = (type: string) => headerWriter(board, type, dataschemaUri(board, type, 1))
  const unchangedHeaders = headersOfType("Unchanged")
  const [voidedHeaders, dismissedHeaders] = [headersOfType("PositionVoided"), headersOfType("DeadLetterDismissed")]

  return (entry: AuditEntry): Message => {
    const { dismissed, id, streamId: subject, rejection, voided } = entry
    if (voided) return { headers: voidedHeaders(entry, { id, subject }), data: JSON.stringify(voided) }
    if (dismissed) return { headers: dismissedHeaders(entry, { id, subject }), data: JSON.stringify(dismissed) }
    if (!rejection) return { headers: unchangedHeaders(entry, { id, subject }), data: "{}" }
    const { encode, writeHeaders } = rejections.get(rejection._tag)!
    return { headers: writeHeaders(entry, { id, subject }), data: JSON.stringify(encode(rejection)) }
  }
}

/** Encodes the events and audit entries of a board as CloudEvents, and decodes the events. */
export const cloudEventCodec = (board: Board.Any) => {
  const codecs = storedShapeCodecs(board)
  const writers = new Map(
    codecs.map(({ dataschema, encode, shape }) => [
      shape,
      { encode, writeHeaders: headerWriter(board, shape.identifier, dataschema) }
    ])
  )
  /** Encodes an event in the shape that it has, which may be an older one where a lost message is restored. */
  const encode = (recorded: Omit<RecordedEvent, "position">): Message => {
    const { encode, writeHeaders } = writers.get(Upcast.shapeOf(recorded.event))!
    const { copyOf, id, streamRevision, streamId } = recorded
    const own = { id, subject: streamId, factindex: String(streamRevision) }
    return {
      headers: writeHeaders(recorded, copyOf === undefined ? own : { ...own, copyof: copyOf }),
      data: JSON.stringify(encode(recorded.event))
    }
  }

  const decode = eventDecoder(board, codecs)
  return {
    encode,
    decode,
    decodeLazily: lazyEventDecoder(board, codecs, decode),
    encodeAuditEntry: auditEncoder(board)
  }
}

export type CloudEventCodec = ReturnType<typeof cloudEventCodec>
