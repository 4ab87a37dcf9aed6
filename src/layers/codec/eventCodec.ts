import { type Result, Schema } from "effect"
import * as SchemaJITCompiler from "effect/schema/SchemaJITCompiler"
import { type Board, Event } from "#domain/model/index.ts"
import type { Fact } from "#layers/services/RecordedEvent.ts"

/** What is the same for each fact of a type. */
export interface FactCodec {
  readonly dataschema: string
  readonly encode: (fact: Fact) => unknown
  readonly decode: (data: unknown) => Result.Result<Fact, Schema.SchemaError>
  /** Without the rules of the words, which held when the fact was made. */
  readonly decodeQuickly: (data: unknown) => Result.Result<Fact, Schema.SchemaError>
}

/** A name for the shape of what a message carries: an absolute URI, as the specification asks. */
export const schemaOf = (board: Board.Any, type: string, version: number) =>
  `urn:${board.name}:schema:${type}:${version}`

/** How the facts of a type, or refusals, are written and read; the tag stands in the headers, not in the body. */
export const factCodec = (board: Board.Any, fact: Event.Any): FactCodec => {
  const json = Schema.toCodecJson(fact) as unknown as Schema.Codec<Fact, Record<string, unknown>>
  // Facts are checked when they are made.
  const encode = Schema.encodeSync(json, { disableChecks: true })
  SchemaJITCompiler.enable(json.ast)
  const decode = Schema.decodeUnknownResult(json)
  const decodeQuickly = Schema.decodeUnknownResult(json, { disableChecks: true })
  const { identifier } = fact
  return {
    dataschema: schemaOf(board, identifier, Event.version(fact)),
    encode: (value) => {
      const { _tag, ...data } = encode(value)
      return data
    },
    decode: (data) => decode({ _tag: identifier, ...(data as object) }),
    decodeQuickly: (data) => decodeQuickly({ _tag: identifier, ...(data as object) })
  }
}
