import { Result } from "effect"
import { Board, type Event, Name } from "#domain/model/index.ts"
import type { AuditEntry } from "#layers/services/Audit.ts"
import { UndecodableEvent } from "#layers/services/EventLog.ts"
import type { EventMetadata, RecordedEvent } from "#layers/services/RecordedEvent.ts"
import {
  type Attributes,
  parseAttributes,
  decodeAttributes,
  headerLines,
  type HeaderEntries,
  parseHeaders
} from "./cloudEventAttributes.ts"
import { eventCodec, dataschemaUri } from "./eventCodec.ts"
import type { HeaderBlock } from "./HeaderBlock.ts"
import { LazyRecordedEvent } from "./LazyRecordedEvent.ts"
import * as Subject from "./Subject.ts"

/** An encoded message: its headers as lines of text, each with its line end, and its body. */
export interface Message {
  readonly headers: string
  readonly data: string
}

interface ParsedMessage {
  readonly subject: string
  readonly position: number
  readonly headers: HeaderEntries
  readonly data: () => unknown
}

/** The attributes that differ between the messages of one command; `EventMetadata` has the others. */
type OwnAttributes = Pick<Attributes, "id" | "subject"> & Partial<Pick<Attributes, "factindex" | "copyof">>

/** The headers that come first: `decodeLazily` recognizes messages of this codec by them. */
const leadingHeaders = (dataschema: string) => headerLines({ specversion: "1.0", dataschema })
const sourceAttribute = (board: Board.Any, command: string) => ({ source: `/${board.name}/${command}` })

/** Formats the header lines of messages of one type. */
const headerWriter = (board: Board.Any, type: string, dataschema: string) => {
  const leading = leadingHeaders(dataschema)
  const trailing = headerLines({ datacontenttype: "application/json", type })
  return (metadata: EventMetadata, attributes: OwnAttributes): string =>
    leading +
    headerLines({
      ...sourceAttribute(board, metadata.command),
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

/** A message as the server delivers it. */
export interface RawMessage extends Omit<ParsedMessage, "headers"> {
  readonly headers: HeaderBlock
}

const typedCodecs = (board: Board.Any, types: ReadonlyArray<Event.Any>) =>
  new Map(
    types.map((type) => {
      const codec = eventCodec(board, type)
      return [
        type.identifier,
        { ...codec, writeHeaders: headerWriter(board, type.identifier, codec.dataschema) }
      ] as const
    })
  )
type TypedCodecs = ReturnType<typeof typedCodecs>

const eventDecoder =
  (eventCodecs: TypedCodecs) =>
  ({ subject, position, headers, data }: ParsedMessage): Result.Result<RecordedEvent, UndecodableEvent> => {
    const undecodable = (reason: string) =>
      Result.fail(new UndecodableEvent({ subject, streamId: Subject.streamIdOf(subject), position, reason }))
    const attributes = decodeAttributes(parseAttributes(headers))
    if (Result.isFailure(attributes))
      return undecodable(`its headers are not those of an event: ${attributes.failure.message}`)
    const ce = attributes.success
    const codec = eventCodecs.get(ce.type)
    if (!codec) return undecodable(`the board has no event named ${ce.type}`)
    if (codec.dataschema !== ce.dataschema)
      return undecodable(`its schema is ${ce.dataschema}, the board's is ${codec.dataschema}`)
    let body: unknown
    try {
      body = data()
    } catch (error) {
      return undecodable(`its body is not JSON: ${String(error)}`)
    }
    const event = codec.decode(body)
    if (Result.isFailure(event)) return undecodable(event.failure.message)
    return Result.succeed({
      position,
      subject,
      event: event.success,
      id: ce.id,
      streamId: ce.subject,
      streamRevision: ce.factindex,
      command: ce.source.slice(ce.source.lastIndexOf("/") + 1),
      commandId: ce.commandid,
      commandHash: ce.commandhash,
      actor: ce.actor,
      authId: ce.authid,
      correlationId: ce.correlationid,
      causationId: ce.causationid,
      time: ce.time,
      traceparent: ce.traceparent,
      ...(ce.copyof !== undefined && { copyOf: ce.copyof })
    })
  }

/**
 * Like `decode`, but fast for messages of this codec: the body is decoded without the checks of its values, which held
 * when the event was created, and each attribute on access. Any other message is decoded in full.
 */
const lazyEventDecoder = (board: Board.Any, eventCodecs: TypedCodecs, decode: ReturnType<typeof eventDecoder>) => {
  const leadingBytesOf = (dataschema: string) =>
    Buffer.from(`NATS/1.0\r\n${leadingHeaders(dataschema)}${headerLines(sourceAttribute(board, ""))}`.trimEnd())
  const codecsByToken = new Map(
    Array.from(eventCodecs, ([type, codec]) => [
      Name.kebab(type),
      { codec, leadingBytes: leadingBytesOf(codec.dataschema) }
    ])
  )
  return (message: RawMessage): Result.Result<RecordedEvent, UndecodableEvent> => {
    const { headers, data } = message
    const match = codecsByToken.get(Subject.typeToken(message.subject))
    if (match && headers.beginsWith(match.leadingBytes)) {
      try {
        const event = match.codec.decodeUnchecked(data())
        if (Result.isSuccess(event)) return Result.succeed(new LazyRecordedEvent(message, event.success))
      } catch {
        // The full decoding below reports the reason.
      }
    }
    return decode({ ...message, headers: parseHeaders(headers.text) })
  }
}

/**
 * Encodes an entry of the audit. Its type is the rejection, `Unchanged` if the command had nothing to do, or the action
 * of an operator: `PositionVoided` or `DeadLetterDismissed`.
 */
const auditEncoder = (board: Board.Any) => {
  const rejectionTypes: ReadonlyArray<Event.Any> = Board.commands(board).flatMap(({ rejects }) => rejects)
  const rejectionCodecs = typedCodecs(board, rejectionTypes)
  const headersOfType = (type: string) => headerWriter(board, type, dataschemaUri(board, type, 1))
  const unchangedHeaders = headersOfType("Unchanged")
  const [voidedHeaders, dismissedHeaders] = [headersOfType("PositionVoided"), headersOfType("DeadLetterDismissed")]

  return (entry: AuditEntry): Message => {
    const { dismissed, id, streamId: subject, rejection, voided } = entry
    if (voided) return { headers: voidedHeaders(entry, { id, subject }), data: JSON.stringify(voided) }
    if (dismissed) return { headers: dismissedHeaders(entry, { id, subject }), data: JSON.stringify(dismissed) }
    if (!rejection) return { headers: unchangedHeaders(entry, { id, subject }), data: "{}" }
    const { encode, writeHeaders } = rejectionCodecs.get(rejection._tag)!
    return { headers: writeHeaders(entry, { id, subject }), data: JSON.stringify(encode(rejection)) }
  }
}

/** Encodes the events and audit entries of a board as CloudEvents, and decodes the events. */
export const cloudEventCodec = (board: Board.Any) => {
  const eventCodecs = typedCodecs(board, Board.events(board))
  const encode = (recorded: Omit<RecordedEvent, "position">): Message => {
    const { encode, writeHeaders } = eventCodecs.get(recorded.event._tag)!
    const { copyOf, id, streamRevision, streamId } = recorded
    const own = { id, subject: streamId, factindex: String(streamRevision) }
    return {
      headers: writeHeaders(recorded, copyOf === undefined ? own : { ...own, copyof: copyOf }),
      data: JSON.stringify(encode(recorded.event))
    }
  }

  const decode = eventDecoder(eventCodecs)
  return {
    encode,
    decode,
    decodeLazily: lazyEventDecoder(board, eventCodecs, decode),
    encodeAuditEntry: auditEncoder(board)
  }
}

export type CloudEventCodec = ReturnType<typeof cloudEventCodec>
