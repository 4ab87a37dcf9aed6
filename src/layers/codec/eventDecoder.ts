import { Result } from "effect"
import { type Board, Event, Name } from "#domain/model/index.ts"
import { errorMessage } from "#layers/services/errorMessage.ts"
import { UndecodableEvent } from "#layers/services/EventLog.ts"
import type { DomainEvent, RecordedEvent } from "#layers/services/RecordedEvent.ts"
import {
  decodeAttributes,
  type HeaderEntries,
  headerLines,
  leadingHeaders,
  parseAttributes,
  parseHeaders,
  sourceAttribute
} from "./cloudEventAttributes.ts"
import { dataschemaUri } from "./eventCodec.ts"
import type { HeaderBlock } from "./HeaderBlock.ts"
import { LazyRecordedEvent } from "./LazyRecordedEvent.ts"
import type { StoredShapeCodecs } from "./storedShapeCodecs.ts"
import * as Subject from "./Subject.ts"

interface ParsedMessage {
  readonly subject: string
  readonly position: number
  readonly headers: HeaderEntries
  readonly data: () => unknown
}

/** A message as the server delivers it. */
export interface RawMessage extends Omit<ParsedMessage, "headers"> {
  readonly headers: HeaderBlock
}

/** Why a message of a type that the board has, or does not have, names a schema that it cannot read. */
const unreadableSchema = (board: Board.Any, codecs: StoredShapeCodecs, type: string, dataschema: string) => {
  const versions = codecs.filter(({ shape }) => shape.identifier === type).map(({ shape }) => Event.version(shape))
  if (versions.length === 0) return { reason: `the board has no event named ${type}`, isNewer: false }
  const newest = Math.max(...versions)
  const version = Number(dataschema.slice(dataschemaUri(board, type, 0).length - 1))
  const isVersion = Number.isSafeInteger(version) && dataschema === dataschemaUri(board, type, version)
  const isNewer = isVersion && version > newest
  const known = versions.toSorted((a, b) => a - b).join(" and ")
  return {
    reason: isNewer
      ? `it has version ${version} of ${type}, which newer code wrote; this code reads version ${known}`
      : `its schema is ${dataschema}, and the board reads version ${known} of ${type}`,
    isNewer
  }
}

/** Decodes messages in full, with the checks of their values. */
export const eventDecoder = (board: Board.Any, codecs: StoredShapeCodecs) => {
  const bySchema = new Map(codecs.map((codec) => [codec.dataschema, codec]))
  return ({ subject, position, headers, data }: ParsedMessage): Result.Result<RecordedEvent, UndecodableEvent> => {
    const undecodable = (reason: string, isNewer = false) =>
      Result.fail(new UndecodableEvent({ subject, streamId: Subject.streamIdOf(subject), position, reason, isNewer }))
    const attributes = decodeAttributes(parseAttributes(headers))
    if (Result.isFailure(attributes))
      return undecodable(`its headers are not those of an event: ${attributes.failure.message}`)
    const ce = attributes.success
    const codec = bySchema.get(ce.dataschema)
    if (codec?.shape.identifier !== ce.type) {
      const { isNewer, reason } = unreadableSchema(board, codecs, ce.type, ce.dataschema)
      return undecodable(reason, isNewer)
    }
    let body: unknown
    try {
      body = data()
    } catch (error) {
      return undecodable(`its body is not JSON: ${String(error)}`)
    }
    const event = codec.decode(body)
    if (Result.isFailure(event)) return undecodable(event.failure.message)
    let readAs: ReadonlyArray<DomainEvent> | undefined
    try {
      readAs = codec.upcast?.(event.success, Subject.streamIdOf(subject))
    } catch (error) {
      return undecodable(errorMessage(error))
    }
    return Result.succeed({
      position,
      subject,
      event: event.success,
      ...(readAs && { readAs }),
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
}

/**
 * Like `eventDecoder`, but fast for messages of this codec: the body is decoded without the checks of its values, which held
 * when the event was created, and each attribute on access. Any other message is decoded in full.
 */
export const lazyEventDecoder = (
  board: Board.Any,
  codecs: StoredShapeCodecs,
  decode: ReturnType<typeof eventDecoder>
) => {
  const leadingBytesOf = (dataschema: string) =>
    Buffer.from(`NATS/1.0\r\n${leadingHeaders(dataschema)}${headerLines(sourceAttribute(board.name, ""))}`.trimEnd())
  const shapesByToken = Map.groupBy(
    codecs.map((codec) => ({ codec, leadingBytes: leadingBytesOf(codec.dataschema) })),
    ({ codec }) => Name.kebab(codec.shape.identifier)
  )
  return (message: RawMessage): Result.Result<RecordedEvent, UndecodableEvent> => {
    const { headers, data, subject } = message
    const shapes = shapesByToken.get(Subject.typeToken(subject))
    const match = shapes?.find(({ leadingBytes }) => headers.beginsWith(leadingBytes))
    if (match) {
      try {
        const event = match.codec.decodeUnchecked(data())
        if (Result.isSuccess(event)) {
          const readAs = match.codec.upcast?.(event.success, Subject.streamIdOf(subject))
          return Result.succeed(new LazyRecordedEvent(message, event.success, readAs))
        }
      } catch {
        // The full decoding below reports the reason.
      }
    }
    return decode({ ...message, headers: parseHeaders(headers.text) })
  }
}
