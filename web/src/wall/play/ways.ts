import type { Arrow, Layout, PlacedNote } from "../../layout/index.ts"
import type { PlayedCommand } from "./playedCommands.ts"

/** The actor of each column. */
export type Actors = ReadonlyArray<string>

/** The notes and arrows by which commands and events travel over the wall. */
export interface Ways {
  readonly note: (id: string) => PlacedNote
  /** The note of an event: the one that its command emits to, if the note of the command is known. */
  readonly noteOfEvent: (type: string, command: string | undefined) => PlacedNote | undefined
  readonly noteOfCommand: (name: string | undefined) => PlacedNote | undefined
  /** The arrow from a command to an event, if the wall has it. */
  readonly emitting: (command: string | undefined, event: PlacedNote) => Arrow | undefined
  /**
   * The arrows from an event to the read models and automations that process it. Of an event that several commands append,
   * one note has the arrow to an automation.
   */
  readonly processing: (event: PlacedNote) => ReadonlyArray<Arrow>
  /** The arrow to a command from the automation or screen that sent it. */
  readonly sending: (played: PlayedCommand) => Arrow | undefined
}

export const waysOf = ({ arrows, notes }: Layout, actors: Actors): Ways => {
  const byId = new Map(notes.map((note) => [note.id, note]))
  const named = Map.groupBy(notes, ({ kind, name }) => `${kind}/${name}`)
  const leaving = Map.groupBy(arrows, ({ from }) => from)
  const note = (id: string) => byId.get(id)!
  const sendersOf = Map.groupBy(
    arrows.filter(({ relation }) => relation === "pushes" || relation === "issues"),
    ({ to }) => note(to).name
  )
  const emittedBy = (command: string | undefined) =>
    (leaving.get(command ?? "") ?? []).filter(({ relation }) => relation === "emits")

  return {
    note,
    noteOfEvent: (type, command) => {
      const drawn = named.get(`event/${type}`) ?? []
      const emitted = emittedBy(command)
      return drawn.find(({ id }) => emitted.some(({ to }) => to === id)) ?? drawn[0]
    },
    noteOfCommand: (name) => named.get(`command/${name}`)?.[0],
    emitting: (command, event) => emittedBy(command).find(({ to }) => to === event.id),
    processing: ({ id, kind, name }) => [
      ...(leaving.get(id) ?? []).filter(({ relation }) => !["checks", "trusts", "wakes"].includes(relation)),
      ...(named.get(`${kind}/${name}`) ?? [])
        .flatMap((drawn) => leaving.get(drawn.id) ?? [])
        .filter(({ relation }) => relation === "wakes")
    ],
    sending: ({ actor, automation, command }) => {
      const senders = sendersOf.get(command ?? "") ?? []
      if (automation !== undefined) {
        return senders.find(({ from, relation }) => relation === "issues" && note(from).name === automation)
      }
      const screens = senders.filter(({ relation }) => relation === "pushes")
      return screens.find(({ from }) => actors[note(from).column] === actor) ?? screens[0]
    }
  }
}
