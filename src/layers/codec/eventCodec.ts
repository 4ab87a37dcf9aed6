import { type Result, Schema } from "effect"
import * as SchemaJITCompiler from "effect/schema/SchemaJITCompiler"
import { type Board, Event } from "#domain/model/index.ts"
import type { DomainEvent } from "#layers/services/RecordedEvent.ts"

/** The codec of one event type. */
interface EventCodec {
  readonly dataschema: string
  readonly encode: (event: DomainEvent) => unknown
  readonly decode: (data: unknown) => Result.Result<DomainEvent, Schema.SchemaError>
  /** Skips the checks of the values, which held when the event was created. */
  readonly decodeUnchecked: (data: unknown) => Result.Result<DomainEvent, Schema.SchemaError>
}

/** The `dataschema` of a type: an absolute URI, as CloudEvents requires. */
export const dataschemaUri = (board: Board.Any, type: string, version: number) =>
  `urn:${board.name}:schema:${type}:${version}`

/** The codec of an event type or a rejection type. The tag is in the headers, not in the body. */
export const eventCodec = (board: Board.Any, eventType: Event.Any): EventCodec => {
  const jsonCodec = Schema.toCodecJson(eventType) as unknown as Schema.Codec<DomainEvent, Record<string, unknown>>
  // Events are checked when they are created.
  const encode = Schema.encodeSync(jsonCodec, { disableChecks: true })
  SchemaJITCompiler.enable(jsonCodec.ast)
  const decode = Schema.decodeUnknownResult(jsonCodec)
  const decodeUnchecked = Schema.decodeUnknownResult(jsonCodec, { disableChecks: true })
  const { identifier } = eventType
  return {
    dataschema: dataschemaUri(board, identifier, Event.version(eventType)),
    encode: (value) => {
      const { _tag, ...data } = encode(value)
      return data
    },
    decode: (data) => decode({ _tag: identifier, ...(data as object) }),
    decodeUnchecked: (data) => decodeUnchecked({ _tag: identifier, ...(data as object) })
  }
}
