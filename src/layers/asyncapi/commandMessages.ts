import { Schema } from "effect"
import { Board, type Command, type Event, Name, type Slice } from "#domain/model/index.ts"
import { inputOf } from "#layers/blueprint/scenarioEntries.ts"
import { descriptionOf, jsonSchemaOf } from "#layers/contract/jsonSchema.ts"
import { plainName, structuredName } from "./channels.ts"
import { exampleCorrelationId, exampleId } from "./examples.ts"
import { commandAttributes, headersOfCommand, otherCommandHeaders, problemHeaders } from "./headers.ts"
import { correlationReference, schemaReference } from "./references.ts"

/** Names that no element of a board has: those are in PascalCase. */
export const receiptName = "receipt"
export const dryRunName = "dryRun"
export const problemName = "problem"

/** The rejections of the commands that an actor may send, each once. */
export const rejectionsOf = (board: Board.Any): ReadonlyArray<Event.Any> => [
  ...new Set(Board.commandSlices(board).flatMap(({ command }) => command.rejects as ReadonlyArray<Event.Any>))
]

/** The messages that answer a command. */
export const repliesTo = ({ rejects }: Command.Any): ReadonlyArray<string> => [
  receiptName,
  dryRunName,
  ...(rejects as ReadonlyArray<Event.Any>).map(({ identifier }) => identifier),
  problemName
]

interface RequestForm {
  readonly title: string
  readonly data: unknown
}

const exampleAttributes = (name: string) => ({
  specversion: "1.0",
  id: exampleId,
  source: "https://desk.example/",
  type: name,
  correlationid: exampleCorrelationId
})

/** A command as a CloudEvent in binary mode. */
const binaryMessage = (name: string, { data, title }: RequestForm) => ({
  name,
  title,
  summary: `${title}, as a CloudEvent in binary mode: the attributes are headers.`,
  contentType: "application/json",
  correlationId: correlationReference,
  headers: headersOfCommand(name),
  payload: schemaReference(name),
  ...(data !== null && {
    examples: [
      {
        headers: Object.fromEntries(
          Object.entries(exampleAttributes(name)).map(([attribute, value]) => [`ce-${attribute}`, value])
        ),
        payload: data
      }
    ]
  })
})

const structuredMessage = (name: string, { data, title }: RequestForm) => {
  const { additionalProperties, ...attributes } = jsonSchemaOf(Schema.Struct(commandAttributes(name)))
  return {
    name,
    title: `${title}, structured`,
    summary: `${title}, as a CloudEvent in structured mode: the attributes are in the body.`,
    contentType: "application/cloudevents+json",
    headers: otherCommandHeaders(),
    payload: {
      ...attributes,
      properties: { ...(attributes["properties"] as object), data: schemaReference(name) },
      required: [...(attributes["required"] as ReadonlyArray<string>), "data"]
    },
    ...(data !== null && { examples: [{ payload: { ...exampleAttributes(name), data } }] })
  }
}

const plainMessage = (name: string, { data, title }: RequestForm) => ({
  name,
  title: `${title}, plain JSON`,
  summary: `${title}, as plain JSON. With a header idempotency-key or Nats-Msg-Id it is not run again.`,
  contentType: "application/json",
  headers: otherCommandHeaders(),
  payload: {
    type: "object",
    properties: { data: schemaReference(name), correlationId: { type: "string" } },
    required: ["data"],
    additionalProperties: false
  },
  ...(data !== null && { examples: [{ payload: { data, correlationId: exampleCorrelationId } }] })
})

/** A command in the three forms of a request. */
const requestMessages = (slice: Slice.CommandSlice<any>) => {
  const command: Command.Any = slice.command
  const { name } = command
  const form = { title: Name.toTitle(name), data: inputOf(slice) }
  return {
    [name]: binaryMessage(name, form),
    [structuredName(command)]: structuredMessage(name, form),
    [plainName(command)]: plainMessage(name, form)
  }
}

const replyMessage = (name: string, title: string, summary: string) => ({
  [name]: { name, title, summary, contentType: "application/json", payload: schemaReference(name) }
})

const problemMessage = (name: string, title: string, summary: string) => ({
  [name]: {
    name,
    title,
    summary,
    contentType: "application/problem+json",
    headers: problemHeaders(),
    payload: schemaReference(name)
  }
})

/** All requests for commands and their replies, by name. */
export const commandMessages = (board: Board.Any): object =>
  Object.assign(
    {},
    ...Board.commandSlices(board).map(requestMessages),
    replyMessage(receiptName, "Receipt", "The events that the command appended; none: there was nothing to do."),
    replyMessage(dryRunName, "Dry run", "With the header dry-run: the events that the command would append."),
    ...rejectionsOf(board).map((rejection) =>
      problemMessage(
        rejection.identifier,
        Name.toTitle(rejection.identifier),
        descriptionOf(rejection) ?? "A rule of the board rejects the command."
      )
    ),
    problemMessage(problemName, "Problem", "Any other problem (RFC 9457); `code` names it.")
  )
