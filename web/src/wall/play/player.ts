import type { Arrow, Layout, PlacedNote } from "../../layout/index.ts"
import type { Appended, PlayedCommand } from "./playedCommands.ts"

/** The effects with which the player shows events and commands on the wall. */
export interface Stage {
  readonly light: (note: string) => void
  /** Moves a dot along an arrow and calls `arrived` at its end. */
  readonly send: (arrow: Arrow, weight: number, arrived: () => void) => void
  readonly reject: (command: string, rejection: string) => void
}

interface ActivePlay {
  readonly played: PlayedCommand
  /** The arrow from the screen or automation to the command, and the command, if the wall has them. */
  readonly sourceArrow: Arrow | undefined
  readonly command: string | undefined
  /** The command was shown, so further events of it are shown at once. */
  decided: boolean
  readonly events: Array<Appended>
}

/** The number of recent commands that are kept, so that a late event joins its command. */
const maxPlays = 1_000

/** The first arrow from a slice of the command's actor; else the first arrow. */
const ofActor = (
  arrows: ReadonlyArray<Arrow>,
  notes: ReadonlyMap<string, PlacedNote>,
  actors: Actors,
  played: PlayedCommand
) => arrows.find(({ from }) => actors[notes.get(from)!.column] === played.actor) ?? arrows[0]

/** The actor of each column. */
export type Actors = ReadonlyArray<string>

/**
 * Shows commands and events in causal order: the screen or automation that sends a command, the command, its events, the
 * read models and automations that process these, and the commands that an automation sends then. Events that arrive
 * together are still shown one after the other.
 */
export const player = ({ arrows, notes }: Layout, actors: Actors, stage: Stage) => {
  const byId = new Map(notes.map((note) => [note.id, note]))
  const leaving = Map.groupBy(arrows, ({ from }) => from)
  const named = Map.groupBy(notes, ({ kind, name }) => `${kind}/${name}`)
  const sourcesByCommand = Map.groupBy(
    arrows.filter(({ relation }) => relation === "pushes" || relation === "issues"),
    ({ to }) => byId.get(to)!.name
  )
  const plays = new Map<string, ActivePlay>()
  /** Callbacks that wait until an event has arrived at an automation, by event and automation. */
  const inFlight = new Map<string, Array<() => void>>()
  const flightKey = (event: string, automation: string) => `${event} ${automation}`

  /** The note of an event: the one that its command emits to, if the command is known. */
  const noteOf = (type: string, command: string | undefined): PlacedNote | undefined => {
    const drawn = named.get(`fact/${type}`) ?? []
    const emitted =
      command === undefined ? [] : (leaving.get(command) ?? []).filter(({ relation }) => relation === "emits")
    return drawn.find(({ id }) => emitted.some(({ to }) => to === id)) ?? drawn[0]
  }

  const arrive = (event: string, to: PlacedNote) => {
    stage.light(to.id)
    const key = flightKey(event, to.name)
    const waiting = inFlight.get(key) ?? []
    inFlight.delete(key)
    for (const begin of waiting) begin()
  }

  const landEvent = (note: PlacedNote, { key, times }: Appended) => {
    stage.light(note.id)
    for (const arrow of leaving.get(note.id) ?? []) {
      if (arrow.relation !== "reads") stage.send(arrow, times, () => arrive(key, byId.get(arrow.to)!))
    }
  }

  const emit = (event: Appended, command: string | undefined) => {
    const note = noteOf(event.type, command)
    if (!note) return
    const arrow = leaving.get(command ?? "")?.find(({ relation, to }) => relation === "emits" && to === note.id)
    if (arrow) stage.send(arrow, event.times, () => landEvent(note, event))
    else landEvent(note, event)
  }

  const decide = (play: ActivePlay) => {
    play.decided = true
    if (play.command !== undefined) stage.light(play.command)
    const { rejection } = play.played
    if (rejection) stage.reject(play.played.command!, rejection.name)
    for (const event of play.events) emit(event, play.command)
  }

  const begin = (play: ActivePlay) => {
    if (!play.sourceArrow) return decide(play)
    const weight = Math.max(play.played.rejection?.times ?? 1, ...play.events.map(({ times }) => times))
    stage.light(play.sourceArrow.from)
    stage.send(play.sourceArrow, weight, () => decide(play))
  }

  /** The arrow to the command from the automation or screen that sent it. */
  const sourceArrowOf = (played: PlayedCommand): Arrow | undefined => {
    const all = sourcesByCommand.get(played.command ?? "") ?? []
    const automationArrow = all.find(
      ({ from, relation }) => relation === "issues" && byId.get(from)!.name === played.automation
    )
    if (played.automation !== undefined) return automationArrow
    return ofActor(
      all.filter(({ relation }) => relation === "pushes"),
      byId,
      actors,
      played
    )
  }

  /** Marks an event as on its way to its automations: commands that these send because of it wait for its arrival. */
  const expect = ({ key, type }: Appended, command: string | undefined) => {
    for (const { relation, to } of leaving.get(noteOf(type, command)?.id ?? "") ?? []) {
      if (relation === "wakes") inFlight.set(flightKey(key, byId.get(to)!.name), [])
    }
  }

  const start = (played: PlayedCommand) => {
    const by = sourceArrowOf(played)
    const command = by?.to ?? named.get(`command/${played.command}`)?.[0]?.id
    const play: ActivePlay = { played, sourceArrow: by, command, decided: false, events: [...played.events] }
    plays.set(played.key, play)
    if (plays.size > maxPlays) plays.delete(plays.keys().next().value!)
    for (const event of played.events) expect(event, command)
    const causes =
      played.automation === undefined ? [] : played.causes.map((event) => flightKey(event, played.automation!))
    const cause = causes.find((way) => inFlight.has(way))
    if (cause === undefined) begin(play)
    else inFlight.get(cause)!.push(() => begin(play))
  }

  /** Shows a command, or further events of a command shown before. */
  const show = (played: PlayedCommand) => {
    const play = plays.get(played.key)
    if (!play) return start(played)
    for (const event of played.events) {
      expect(event, play.command)
      if (play.decided) emit(event, play.command)
      else play.events.push(event)
    }
  }

  /** Drops all commands and events that are on their way. */
  const clear = () => {
    plays.clear()
    inFlight.clear()
  }
  return { show, clear }
}
