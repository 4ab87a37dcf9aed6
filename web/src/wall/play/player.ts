import type { Arrow, Layout, PlacedNote } from "../../layout/index.ts"
import { type Arrivals, arrivals } from "./arrivals.ts"
import type { Appended, PlayedCommand } from "./playedCommands.ts"
import { type Actors, type Ways, waysOf } from "./ways.ts"

/** The effects with which the player shows events and commands on the wall. */
export interface Stage {
  readonly light: (note: string) => void
  /** Moves a dot along an arrow and calls `arrived` at its end. */
  readonly send: (arrow: Arrow, weight: number, arrived: () => void) => void
  readonly reject: (command: string, rejection: string) => void
}

interface ActivePlay {
  readonly played: PlayedCommand
  /** The arrow from the screen or automation to the command, and the command's note, if the wall has them. */
  readonly sourceArrow: Arrow | undefined
  readonly command: string | undefined
  /** The command was shown, so further events of it are shown at once. */
  decided: boolean
  readonly events: Array<Appended>
}

/** The number of recent commands that are kept, so that a late event joins its command. */
const maxPlays = 1_000

/** Shows events: each lights up, then the read models and automations that process it. */
const eventPlayer = (ways: Ways, waiting: Arrivals, stage: Stage) => {
  const land = (note: PlacedNote, { key, times }: Appended) => {
    stage.light(note.id)
    for (const arrow of ways.processing(note)) {
      stage.send(arrow, times, () => {
        stage.light(arrow.to)
        waiting.arrive(key, ways.note(arrow.to).name)
      })
    }
  }
  return {
    /** Moves an event from its command's note, if that is known, to its own. */
    emit: (event: Appended, command: string | undefined) => {
      const note = ways.noteOfEvent(event.type, command)
      if (!note) return
      const arrow = ways.emitting(command, note)
      if (arrow) stage.send(arrow, event.times, () => land(note, event))
      else land(note, event)
    },
    /** Marks an event as on its way to its automations: commands that these send because of it wait for its arrival. */
    expect: ({ key, type }: Appended, command: string | undefined) => {
      const note = ways.noteOfEvent(type, command)
      for (const { relation, to } of note ? ways.processing(note) : []) {
        if (relation === "wakes") waiting.expect(key, ways.note(to).name)
      }
    }
  }
}

/**
 * Shows commands and events in causal order: the screen or automation that sends a command, the command, its events, the
 * read models and automations that process these, and the commands that an automation sends then. Events that arrive
 * together are still shown one after the other.
 */
export const player = (layout: Layout, actors: Actors, stage: Stage) => {
  const ways = waysOf(layout, actors)
  const waiting = arrivals()
  const { emit, expect } = eventPlayer(ways, waiting, stage)
  const plays = new Map<string, ActivePlay>()

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

  const start = (played: PlayedCommand) => {
    const sourceArrow = ways.sending(played)
    const command = sourceArrow?.to ?? ways.noteOfCommand(played.command)?.id
    const play: ActivePlay = { played, sourceArrow, command, decided: false, events: [...played.events] }
    plays.set(played.key, play)
    if (plays.size > maxPlays) plays.delete(plays.keys().next().value!)
    for (const event of played.events) expect(event, command)
    if (played.automation === undefined) begin(play)
    else waiting.afterAny(played.causes, played.automation, () => begin(play))
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
    waiting.clear()
  }
  return { show, clear }
}
