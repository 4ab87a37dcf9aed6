import { Schema } from "effect"
import { Rule, Scenario } from "./scenarioSchema.ts"

const name = Schema.String
const JsonSchema = Schema.JsonObject.annotate({
  description: "A JSON Schema, draft 2020-12, with all definitions that it refers to"
})

export const Actor = Schema.Struct({
  name,
  kind: Schema.Literals(["person", "machine"]).annotate({ description: "A machine is an automation" })
}).annotate({ identifier: "Actor" })
export type Actor = typeof Actor.Type

export const Boundary = Schema.Struct({ name, key: Schema.Array(Schema.String) }).annotate({ identifier: "Boundary" })
export type Boundary = typeof Boundary.Type

export const Lane = Schema.Struct({
  name: Schema.String.annotate({
    description: "Its JetStream stream; other parts of this document refer to the lane by this name"
  }),
  title: Schema.String,
  subjects: Schema.String.annotate({ description: "The subjects of its stream, such as `booking.*.*.*`" }),
  boundary: Boundary,
  also: Schema.Array(Boundary).annotate({
    description: "Further boundaries in which its events are found: the log has a copy for each"
  }),
  facts: Schema.Array(Schema.String),
  keeps: Schema.Struct({
    maxAgeMillis: Schema.NullOr(Schema.Number).annotate({ description: "How long events are kept; null: forever" }),
    maxBytes: Schema.Number
  })
}).annotate({ identifier: "Lane" })
export type Lane = typeof Lane.Type

export const Event = Schema.Struct({
  name,
  lane: name,
  version: Schema.Int,
  retired: Schema.Boolean.annotate({ description: "No command emits it any more, and the log may have it" }),
  older: Schema.Array(Schema.Struct({ name, version: Schema.Int, fields: Schema.Array(Schema.String) })).annotate({
    description: "Older shapes in which the log may have it, the newest first"
  }),
  description: Schema.NullOr(Schema.String),
  fields: Schema.Array(Schema.String),
  schema: JsonSchema,
  example: Schema.NullOr(Schema.JsonObject).annotate({ description: "Its data in one of the scenarios" })
}).annotate({ identifier: "Fact" })
export type Event = typeof Event.Type

const Rejection = Schema.Struct({ name, description: Schema.NullOr(Schema.String), schema: JsonSchema }).annotate({
  identifier: "Refusal"
})

const Endpoint = Schema.Struct({ method: Schema.Literals(["GET", "PUT"]), path: Schema.String }).annotate({
  identifier: "Door"
})

export const Read = Schema.Struct({
  name: Schema.String.annotate({ description: "The name under which the command's rule gets this state" }),
  use: Schema.Literals(["guarded", "checked", "trusted"]).annotate({
    description:
      "guarded: must not change until the command's events are stored, which belong to such boundaries; " +
      "checked: must not change either, and gets no events; trusted: may be a second old"
  }),
  boundary: name,
  key: Schema.Array(Schema.String).annotate({
    description: "The fields of the input that name the instance, by the key"
  }),
  many: Schema.Boolean.annotate({
    description: "Whether the command reads several instances, such as the nights of a stay"
  }),
  facts: Schema.Array(Schema.String)
}).annotate({ identifier: "Read" })
export type Read = typeof Read.Type

export const Command = Schema.Struct({
  name,
  reads: Schema.Array(Read),
  emits: Schema.Array(Schema.String),
  refuses: Schema.Array(Rejection),
  fields: Schema.Array(Schema.String),
  schema: JsonSchema.annotate({ description: "JSON Schema of its input" }),
  example: Schema.NullOr(Schema.JsonObject).annotate({ description: "Its input in one of the scenarios" }),
  door: Schema.NullOr(Endpoint).annotate({ description: "Its endpoint; null: only an automation issues it" })
}).annotate({ identifier: "Command" })
export type Command = typeof Command.Type

export const View = Schema.Struct({
  name,
  version: Schema.Int,
  reads: Schema.Array(Schema.String),
  key: Schema.Array(
    Schema.Struct({
      word: name,
      entity: Schema.Boolean.annotate({ description: "true: an object with an id, which represents it in paths" }),
      schema: JsonSchema.annotate({ description: "JSON Schema of the key field in a path; of an entity, of its id" })
    })
  ),
  fields: Schema.Array(Schema.String).annotate({
    description: "The fields of its state: a row without its key and its stamp"
  }),
  schema: JsonSchema.annotate({ description: "JSON Schema of a row" }),
  initial: Schema.JsonObject.annotate({
    description: "The state of a row without events; such rows are in no list"
  }),
  bucket: name,
  consumer: name,
  door: Endpoint,
  list: Schema.String.annotate({ description: "The path that lists its rows: `/views/booking`" })
}).annotate({ identifier: "View" })
export type View = typeof View.Type

export const Automation = Schema.Struct({
  name,
  actor: name,
  when: Schema.Array(Schema.String),
  issues: Schema.NullOr(Schema.String).annotate({ description: "The command that it issues; null: it sends messages" }),
  sends: Schema.Array(Schema.String).annotate({ description: "The messages that it sends" }),
  consumer: name
}).annotate({ identifier: "Automation" })
export type Automation = typeof Automation.Type

export const Message = Schema.Struct({
  name,
  subject: Schema.String.annotate({
    description: "The subject of NATS that it is sent to: `msg.library.ReturnConfirmed`"
  }),
  version: Schema.Int,
  description: Schema.NullOr(Schema.String),
  fields: Schema.Array(Schema.String),
  schema: JsonSchema.annotate({ description: "JSON Schema of its data" }),
  example: Schema.NullOr(Schema.JsonObject).annotate({ description: "Its data in one of the scenarios" })
}).annotate({ identifier: "Message", description: "A message that automations send to other programs" })
export type Message = typeof Message.Type

/** A column of the board. `screen` is that of a person; an automation has none. */
export const Slice = Schema.Struct({
  id: Schema.String.annotate({ description: "Kebab case, unique" }),
  kind: Schema.Literals(["change", "view", "automation"]),
  title: Schema.String,
  actor: name,
  screen: Schema.NullOr(Schema.String).annotate({ description: "null: an automation" }),
  command: Schema.NullOr(Schema.String),
  view: Schema.NullOr(Schema.String),
  automation: Schema.NullOr(Schema.String),
  rules: Schema.Array(Rule),
  scenarios: Schema.Array(Scenario)
}).annotate({ identifier: "Slice" })
export type Slice = typeof Slice.Type

/** The board as data: all that is needed to draw it. Lists are in the board's order. */
export const Blueprint = Schema.Struct({
  name: Schema.String.annotate({ description: "The name of the board, and of its log" }),
  title: Schema.String,
  actors: Schema.Array(Actor),
  lanes: Schema.Array(Lane),
  facts: Schema.Array(Event),
  commands: Schema.Array(Command),
  views: Schema.Array(View),
  automations: Schema.Array(Automation),
  messages: Schema.Array(Message),
  slices: Schema.Array(Slice).annotate({ description: "Left to right" })
}).annotate({ identifier: "Blueprint", description: "An Event Modeling board as data: all that is needed to draw it" })
export type Blueprint = typeof Blueprint.Type
