import { Schema } from "effect"
import type { Any } from "./Command.ts"
import type { Ids } from "./Context.ts"
import * as Generated from "./Generated.ts"

/** What the caller of a command sends: its input without the generated fields. */
export type Request<C extends Any> = 0 extends 1 & C["input"]
  ? any
  : Omit<C["input"]["Type"], Generated.Names<C["input"]["fields"]>>

/** The schema of what the caller sends. */
export const requestSchema = ({ input }: Any): Schema.Struct<Schema.Struct.Fields> => {
  const fields = Generated.requestFields(input.fields)
  return Object.keys(fields).length === Object.keys(input.fields).length ? input : Schema.Struct(fields)
}

/** The input of a command from what the caller sends. */
export const inputOf = ({ input }: Any, request: unknown, ids: Pick<Ids, "id">): unknown =>
  Generated.complete(input.fields, request, ids)
