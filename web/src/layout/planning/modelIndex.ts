import type { Model, SliceModel } from "../Model.ts"

/** A model with its elements by name, and where on the wall they are drawn. */
export interface ModelIndex {
  readonly model: Model
  /** The row of the commands, messages and read models. */
  readonly middle: number
  readonly rowOf: (actor: string) => number
  readonly commands: ReadonlyMap<string, Model["commands"][number]>
  readonly messages: ReadonlyMap<string, Model["messages"][number]>
  readonly views: ReadonlyMap<string, Model["views"][number]>
  /** The column of a read model; none if no slice shows it. */
  readonly viewColumns: ReadonlyMap<string, number>
  /** The columns in which an event is drawn, at least one. */
  readonly eventColumns: ReadonlyMap<string, ReadonlyArray<number>>
}

export const indexModel = (model: Model): ModelIndex => {
  const { actors, slices } = model
  const commands = new Map(model.commands.map((command) => [command.name, command]))
  const views = new Map(model.views.map((view) => [view.name, view]))
  return {
    model,
    middle: actors.length,
    rowOf: (actor) => actors.findIndex(({ name }) => name === actor),
    commands,
    messages: new Map(model.messages.map((message) => [message.name, message])),
    views,
    viewColumns: new Map(slices.flatMap((slice, n) => (slice.tag === "View" ? [[slice.view, n] as const] : []))),
    eventColumns: columnsOfEvents(model, { commands, views })
  }
}

/** The columns in which events are drawn: where they are emitted; else where they are first read; else the first. */
const columnsOfEvents = (
  { events, slices }: Model,
  { commands, views }: Pick<ModelIndex, "commands" | "views">
): ReadonlyMap<string, ReadonlyArray<number>> => {
  const where = (test: (slice: SliceModel) => boolean) => slices.flatMap((slice, n) => (test(slice) ? [n] : []))
  return new Map(
    events.map(({ name }) => {
      const emitted = where((slice) => "command" in slice && commands.get(slice.command)!.emits.includes(name))
      if (emitted.length > 0) return [name, emitted]
      const read = where((slice) =>
        slice.tag === "View"
          ? views.get(slice.view)!.reads.includes(name)
          : "when" in slice && slice.when.includes(name)
      )
      return [name, read.slice(0, 1).concat(0).slice(0, 1)]
    })
  )
}

/** The column of an event that is nearest to `column`: at or before it; else the nearest after it. */
export const nearestColumn = ({ eventColumns }: ModelIndex, event: string, column: number): number => {
  const columns = eventColumns.get(event)!
  return columns.findLast((each) => each <= column) ?? columns.find((each) => each > column)!
}
