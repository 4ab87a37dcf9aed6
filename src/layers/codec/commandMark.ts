import { Option, Schema } from "effect"

/** The body of the message that marks a command: how many messages of its batch are before it. */
const CommandMark = Schema.fromJsonString(Schema.Struct({ before: Schema.Int }))

export const encodeCommandMark = (before: number): string => JSON.stringify({ before })

/** The number of messages before a mark; undefined if its body is not one of a mark. */
export const decodeCommandMark = (body: string): number | undefined =>
  Option.getOrUndefined(Schema.decodeUnknownOption(CommandMark)(body))?.before
