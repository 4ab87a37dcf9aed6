import type { Blueprint } from "../../../../src/layers/contract/blueprintSchema.ts"
import type { EventView } from "../../../../src/layers/contract/eventSchema.ts"

/** Events of one type that a command appended. */
export interface Appended {
  /** Unique: an event's id, or a type within merged counts. */
  readonly key: string
  readonly type: string
  readonly times: number
}

/** A command as the wall plays it: its sender and its outcome. */
export interface PlayedCommand {
  /** Unique: the command's id, or a replacement for it where the command is not known. */
  readonly key: string
  readonly command: string | undefined
  readonly actor: string | undefined
  /** The automation that issued it, if one did. */
  readonly automation?: string | undefined
  /** Keys of the events that may have triggered the automation. */
  readonly causes: ReadonlyArray<string>
  readonly events: ReadonlyArray<Appended>
  readonly rejection?: { readonly name: string; readonly times: number }
}

const automationOf = ({ automations }: Blueprint, command: string | undefined, actor: string | undefined) =>
  automations.find((automation) => automation.issues === command && automation.actor === actor)?.name

/** The commands that appended these events, in the order of the log. */
export const commandsOf = (logged: ReadonlyArray<EventView>, board: Blueprint): ReadonlyArray<PlayedCommand> =>
  Array.from(
    Map.groupBy(logged, ({ commandid, id }) => commandid ?? id),
    ([key, group]) => {
      const { actor, causationid, source } = group[0]!
      const command = source.split("/").at(-1)
      const events = group.map(({ id, type }) => ({ key: id, type, times: 1 }))
      const causes = causationid === undefined ? [] : [causationid]
      return { key, command, actor, automation: automationOf(board, command, actor), causes, events }
    }
  )

/** Sorts commands after the events that caused them. Commands in a cycle keep their order. */
const causesFirst = (all: ReadonlyArray<PlayedCommand>): ReadonlyArray<PlayedCommand> => {
  const sorted: Array<PlayedCommand> = []
  let rest = all
  while (rest.length > 0) {
    const open = new Set(rest.flatMap(({ events }) => events.map(({ key }) => key)))
    const next = rest.filter(({ causes }) => !causes.some((cause) => open.has(cause)))
    sorted.push(...(next.length > 0 ? next : rest))
    rest = next.length > 0 ? rest.filter((command) => !next.includes(command)) : []
  }
  return sorted
}

/**
 * The commands behind merged counts, which carry no event data: they are derived from the board. A type that several
 * commands append is shown without a command.
 */
export const commandsOfCounts = (
  times: ReadonlyMap<string, number>,
  board: Blueprint,
  key: string
): ReadonlyArray<PlayedCommand> => {
  const keyOf = (type: string) => `${key}/${type}`
  const commandOf = (type: string) => {
    const all = board.commands.filter(({ emits }) => emits.includes(type))
    return all.length === 1 ? all[0]!.name : undefined
  }
  const all = Array.from(
    Map.groupBy(times, ([type]) => commandOf(type) ?? keyOf(type)),
    ([name, all]): PlayedCommand => {
      const command = commandOf(all[0]![0])
      const slices = board.slices.filter((slice) => slice.command === command)
      const automation = board.automations.find(
        ({ issues }) => issues === command && !slices.some(({ kind }) => kind === "change")
      )
      return {
        key: `${key}/${name}`,
        command,
        actor: slices.length === 1 ? slices[0]!.actor : undefined,
        automation: automation?.name,
        causes: automation ? automation.when.filter((type) => times.has(type)).map(keyOf) : [],
        events: all.map(([type, times]) => ({ key: keyOf(type), type, times }))
      }
    }
  )
  return causesFirst(all)
}

/** A command that was rejected. */
export const rejectedCommand = (
  { actor, command, name, times }: { actor: string; command: string; name: string; times: number },
  board: Blueprint,
  key: string
): PlayedCommand => ({
  key,
  command,
  actor,
  automation: automationOf(board, command, actor),
  causes: [],
  events: [],
  rejection: { name, times }
})
