import { Key, type Slice } from "#domain/grammar/index.ts"
import { Schema } from "effect"

/** When a row last changed, by whom, and through which fact; absent from a row that nobody touched. */
const stamp = {
  updatedAt: Schema.optionalKey(Schema.String.annotate({ format: "date-time" })),
  updatedBy: Schema.optionalKey(Schema.String),
  position: Schema.optionalKey(Schema.Int)
}

export type Stamp = Schema.Struct.Type<typeof stamp>

/** A row as its readers see it: the words that name it, what is known of it, and its stamp. */
export type Row<V extends Slice.View<any, any>> = Key.Of<V["key"]> & V["shows"]["state"]["Type"] & Stamp

export const rowSchema = ({ key, shows }: Slice.View<any, any>): Schema.Codec<any, any> =>
  Schema.Struct({ ...key, ...(shows.state.fields as Schema.Struct.Fields), ...stamp } as {}).annotate({
    identifier: shows.name
  })

/** The row before the first fact. */
export const emptyRow = ({ key, shows }: Slice.View<any, any>, about: Key.Of<any>) => ({
  ...Key.pick(key, about),
  ...shows.initial
})

/** The part of a row that its projection evolves. */
export const stateOf = ({ shows }: Slice.View<any, any>, row: Record<string, unknown>) =>
  Object.fromEntries(Object.keys(shows.state.fields).flatMap((name) => (name in row ? [[name, row[name]]] : [])))
