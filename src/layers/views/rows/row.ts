import { Schema } from "effect"
import { Key, type Slice } from "#domain/model/index.ts"

/** When a row last changed, by which actor, and by which event; absent from a row without events. */
const stampFields = {
  updatedAt: Schema.optionalKey(Schema.String.annotate({ format: "date-time" })),
  updatedBy: Schema.optionalKey(Schema.String),
  position: Schema.optionalKey(Schema.Int)
}

export type RowStamp = Schema.Struct.Type<typeof stampFields>

/** The events that a row lacks; absent if it lacks none. */
const missingFields = {
  deadLetters: Schema.optionalKey(
    Schema.Int.check(Schema.isGreaterThan(0)).annotate({
      description:
        "How many events this row lacks because the view could not apply them: see GET /operations/parked. Absent if it lacks none"
    })
  )
}

/** A row as its readers get it: its key, its state, its stamp, and how many events it lacks. */
export type Row<V extends Slice.View<any, any>> = Key.Of<V["key"]> &
  V["shows"]["state"]["Type"] &
  RowStamp &
  Schema.Struct.Type<typeof missingFields>

export const rowSchema = ({ key, shows }: Slice.View<any, any>): Schema.Codec<any, any> =>
  Schema.Struct({ ...key, ...(shows.state.fields as Schema.Struct.Fields), ...stampFields } as {}).annotate({
    identifier: shows.name
  })

/** A row as the HTTP API serves it: with the number of events that it lacks. */
export const servedRowSchema = (view: Slice.View<any, any>): Schema.Codec<any, any> =>
  Schema.Struct({
    ...(rowSchema(view) as unknown as Schema.Struct<Schema.Struct.Fields>).fields,
    ...missingFields
  } as {}).annotate({
    identifier: view.shows.name
  })

/** The row before its first event. */
export const emptyRow = ({ key, shows }: Slice.View<any, any>, about: Key.Of<any>) => ({
  ...Key.pick(key, about),
  ...shows.initial
})

/** The part of a row that its projection evolves. */
export const stateOf = ({ shows }: Slice.View<any, any>, row: Record<string, unknown>) =>
  Object.fromEntries(Object.keys(shows.state.fields).flatMap((name) => (name in row ? [[name, row[name]]] : [])))
