import { type Result, Schema } from "effect"
import * as SchemaJITCompiler from "effect/schema/SchemaJITCompiler"
import { type Board, Event } from "#domain/model/index.ts"
import type { DomainEvent } from "#layers/services/RecordedEvent.ts"

/** What is the same for each fact of a type. */
export interface EventCodec {
  readonly dataschema: string
  readonly encode: (event: DomainEvent) => unknown
  readonly decode: (data: unknown) => Result.Result<DomainEvent, Schema.SchemaError>
  /** Without the rules of the words, which held when the fact was made. */
  readonly decodeUnchecked: (data: unknown) => Result.Result<DomainEvent, Schema.SchemaError>
}

/** A name for the shape of what a message carries: an absolute URI, as the specification asks. */
export const dataschemaUri = (board: Board.Any, type: string, version: number) =>
  `urn:${board.name}:schema:${type}:${version}`

/** How the facts of a type, or refusals, are written and read; the tag stands in the headers, not in the body. */
export const eventCodec = (board: Board.Any, eventType: Event.Any): EventCodec => {
  const jsonCodec = Schema.toCodecJson(eventType) as unknown as Schema.Codec<DomainEvent, Record<string, unknown>>
  // Facts are checked when they are made.
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
