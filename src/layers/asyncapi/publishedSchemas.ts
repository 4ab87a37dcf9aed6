import type { Schema } from "effect"
import { Board, Event } from "#domain/model/index.ts"
import { dataschemaUri } from "#layers/codec/eventCodec.ts"
import { DismissedLetter } from "#layers/contract/deadLetterSchema.ts"
import { dataSchema, descriptionOf, jsonSchemaOf } from "#layers/contract/jsonSchema.ts"
import { VoidedPosition } from "#layers/contract/voidedPositionSchema.ts"

/** The JSON Schema of the data of one type of message, in one version. */
export interface PublishedSchema {
  readonly type: string
  readonly version: number
  readonly schema: Schema.JsonObject
}

/** What the audit records besides rejections. */
const auditEntries: ReadonlyArray<readonly [type: string, schema: Schema.JsonObject]> = [
  ["Unchanged", { type: "object", additionalProperties: false }],
  ["PositionVoided", jsonSchemaOf(VoidedPosition)],
  ["DeadLetterDismissed", jsonSchemaOf(DismissedLetter)]
]

/**
 * The schema that each `dataschema` of the board's messages names: of events, of rejections, and of other entries of the
 * audit. Its `$id` is that `dataschema`. Of an event, each version that the board reads.
 */
export const publishedSchemas = (board: Board.Any): ReadonlyArray<PublishedSchema> => {
  const rejections = Board.commands(board).flatMap(({ rejects }) => rejects as ReadonlyArray<Event.Any>)
  const declared = [...new Set([...Board.storedShapes(board), ...Board.messages(board), ...rejections])].map(
    (type) => ({
      type: type.identifier,
      version: Event.version(type),
      description: descriptionOf(type),
      schema: dataSchema(type)
    })
  )
  const others = auditEntries.map(([type, schema]) => ({ type, version: 1, description: null, schema }))
  return [...declared, ...others].map(({ description, schema, type, version }) => ({
    type,
    version,
    schema: {
      $schema: "https://json-schema.org/draft/2020-12/schema",
      $id: dataschemaUri(board, type, version),
      title: type,
      ...(description !== null && { description }),
      ...schema
    }
  }))
}
