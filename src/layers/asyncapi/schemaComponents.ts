import { Schema } from "effect"
import { Board, Command, type Event, Lane } from "#domain/model/index.ts"
import { Receipt } from "#layers/commands/Receipt.ts"
import { dataSchema, jsonSchemaOf } from "#layers/contract/jsonSchema.ts"
import { DryRun } from "#layers/contract/operationsSchema.ts"
import { shapeName } from "./channels.ts"
import { dryRunName, problemName, receiptName, rejectionsOf } from "./commandMessages.ts"
import { eventHeadersName, eventHeadersSchema, messageHeadersName, messageHeadersSchema } from "./headers.ts"
import { schemaComponent } from "./references.ts"

/** The schema of the problem document of a rejection: HTTP defines it. */
export type RejectionSchema = (rejection: Event.Any) => Schema.Top

const Problem = Schema.Struct({
  type: Schema.String.annotate({ description: "Names the type of problem, as `code` does" }),
  title: Schema.String,
  status: Schema.Int.annotate({ description: "The status that the same command would get over HTTP" }),
  code: Schema.String,
  detail: Schema.String,
  correlationId: Schema.optionalKey(Schema.String)
})

/** The schemas that messages refer to, by name. */
export const schemaComponents = (board: Board.Any, rejectionSchema: RejectionSchema) => {
  // A problem has further fields, by its code.
  const { additionalProperties, ...problem } = jsonSchemaOf(Problem)
  const messages = Board.messages(board)
  const schemas: ReadonlyArray<readonly [name: string, schema: Schema.JsonObject]> = [
    ...board.lanes.flatMap((lane) =>
      Lane.storedShapes(lane).map((shape) => [shapeName(lane, shape), dataSchema(shape)] as const)
    ),
    ...messages.map((type) => [type.identifier, dataSchema(type)] as const),
    ...Board.commandSlices(board).map(({ command }) => {
      const request = Command.requestSchema(command)
      return [command.name, jsonSchemaOf(request, request.fields)] as const
    }),
    ...rejectionsOf(board).map(
      (rejection) => [rejection.identifier, jsonSchemaOf(rejectionSchema(rejection), rejection.fields)] as const
    ),
    [receiptName, jsonSchemaOf(Receipt)],
    [dryRunName, jsonSchemaOf(DryRun)],
    [problemName, problem],
    [eventHeadersName, eventHeadersSchema()],
    ...(messages.length > 0 ? [[messageHeadersName, messageHeadersSchema()] as const] : [])
  ]
  return Object.fromEntries(schemas.map(([name, schema]) => [name, schemaComponent(name, schema)]))
}
