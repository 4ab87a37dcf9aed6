import type { JsonSchema } from "../wall/panel/schema.ts"

interface Reference {
  readonly $ref: string
}

export interface Parameter {
  readonly description?: string
  readonly enum?: ReadonlyArray<string>
}

export interface Channel {
  readonly address: string | null
  readonly title: string
  readonly description: string
  readonly messages: Readonly<Record<string, Reference>>
  readonly parameters?: Readonly<Record<string, Parameter>>
  readonly "x-jetstream"?: { readonly stream: string; readonly filter: string }
}

export interface Message {
  readonly name: string
  readonly title: string
  readonly summary?: string
  readonly description?: string
  readonly contentType: string
  readonly headers?: { readonly properties: Readonly<Record<string, { readonly const?: string }>> }
  readonly payload: Reference
}

/** The parts of the AsyncAPI document that the page shows. */
export interface AsyncApiDocument {
  readonly info: { readonly title: string; readonly description: string }
  readonly channels: Readonly<Record<string, Channel>>
  readonly operations: Readonly<
    Record<string, { readonly channel: Reference; readonly bindings?: { readonly nats: { readonly queue: string } } }>
  >
  readonly components: {
    readonly messages: Readonly<Record<string, Message>>
    readonly schemas: Readonly<Record<string, JsonSchema & { readonly definitions?: JsonSchema["$defs"] }>>
  }
}

/** The schema of a message's payload, with its definitions where the words of schemas look for them. */
export const payloadSchema = ({ components }: AsyncApiDocument, { payload }: Message): JsonSchema => {
  const name = payload.$ref.slice(payload.$ref.lastIndexOf("/") + 1)
  const inner = JSON.stringify(components.schemas[name]).replaceAll(`${payload.$ref}/definitions/`, "#/$defs/")
  const { definitions, ...schema } = JSON.parse(inner) as AsyncApiDocument["components"]["schemas"][string]
  return { ...schema, ...(definitions && { $defs: definitions }) }
}

/** The path of the JSON Schema that the `dataschema` of an event names: `urn:…:RoomBooked:1`. */
export const schemaPath = ({ headers }: Message): string | undefined => {
  const [version, type] = (headers?.properties["ce-dataschema"]?.const ?? "").split(":").toReversed()
  return type === undefined ? undefined : `/schemas/${type}/${version}`
}

/** Names of channels by kind: `namesOf(document, "log")` are those of `log.room-booking`. */
export const namesOf = ({ channels }: AsyncApiDocument, kind: "log" | "command" | "message"): ReadonlyArray<string> =>
  Object.keys(channels).flatMap((name) => (name.startsWith(`${kind}.`) ? [name.slice(kind.length + 1)] : []))
