import type { Arrow, Layout, PlacedNote } from "../layout/index.ts"
import type { Appended, Asked } from "./causes.ts"

/** What the wall can do to show what happens. */
export interface Stage {
  readonly light: (note: string) => void
  /** Lets something travel along an arrow; says when it has arrived. */
  readonly send: (arrow: Arrow, weight: number, arrived: () => void) => void
  readonly reject: (command: string, rejection: string) => void
}

interface Play {
  readonly asked: Asked
  /** The arrow from who asked to the command, and the command, where these are on the wall. */
  readonly by: Arrow | undefined
  readonly command: string | undefined
  /** Its turn has come. */
  decided: boolean
  readonly events: Array<Appended>
}

/** Commands that are remembered, so that an event which comes late joins its own. */
const mostPlays = 1_000

/** Which of these has the actor in its slice; else the first. */
const ofActor = (arrows: ReadonlyArray<Arrow>, notes: ReadonlyMap<string, PlacedNote>, actors: Actors, asked: Asked) =>
  arrows.find(({ from }) => actors[notes.get(from)!.column] === asked.actor) ?? arrows[0]

/** The actor of each column. */
export type Actors = ReadonlyArray<string>

/**
 * Shows what happens in the order in which one thing leads to the next: the screen or the automation that asks for a
 * command, the command, its events, the read models and automations that take these, and what an automation asks for then.
 * What the log has at once still comes one after the other.
 */
export const player = ({ arrows, notes }: Layout, actors: Actors, stage: Stage) => {
  const byId = new Map(notes.map((note) => [note.id, note]))
  const leaving = Map.groupBy(arrows, ({ from }) => from)
  const named = Map.groupBy(notes, ({ kind, name }) => `${kind}/${name}`)
  const askers = Map.groupBy(
    arrows.filter(({ relation }) => relation === "pushes" || relation === "issues"),
    ({ to }) => byId.get(to)!.name
  )
  const plays = new Map<string, Play>()
  /** What waits until an event has arrived at an automation, by both. */
  const underway = new Map<string, Array<() => void>>()
  const wayOf = (event: string, gear: string) => `${event} ${gear}`

  /** The note of an event: the one its command leads to, if that is known. */
  const noteOf = (type: string, command: string | undefined): PlacedNote | undefined => {
    const drawn = named.get(`fact/${type}`) ?? []
    const emitted =
      command === undefined ? [] : (leaving.get(command) ?? []).filter(({ relation }) => relation === "emits")
    return drawn.find(({ id }) => emitted.some(({ to }) => to === id)) ?? drawn[0]
  }

  const arrive = (event: string, to: PlacedNote) => {
    stage.light(to.id)
    const key = wayOf(event, to.name)
    const waiting = underway.get(key) ?? []
    underway.delete(key)
    for (const begin of waiting) begin()
  }

  const land = (fact: PlacedNote, { key, times }: Appended) => {
    stage.light(fact.id)
    for (const arrow of leaving.get(fact.id) ?? []) {
      if (arrow.relation !== "reads") stage.send(arrow, times, () => arrive(key, byId.get(arrow.to)!))
    }
  }

  const emit = (event: Appended, command: string | undefined) => {
    const fact = noteOf(event.type, command)
    if (!fact) return
    const arrow = leaving.get(command ?? "")?.find(({ relation, to }) => relation === "emits" && to === fact.id)
    if (arrow) stage.send(arrow, event.times, () => land(fact, event))
    else land(fact, event)
  }

  const decide = (play: Play) => {
    play.decided = true
    if (play.command !== undefined) stage.light(play.command)
    const { rejection } = play.asked
    if (rejection) stage.reject(play.asked.command!, rejection.name)
    for (const event of play.events) emit(event, play.command)
  }

  const begin = (play: Play) => {
    if (!play.by) return decide(play)
    const weight = Math.max(play.asked.rejection?.times ?? 1, ...play.events.map(({ times }) => times))
    stage.light(play.by.from)
    stage.send(play.by, weight, () => decide(play))
  }

  /** The arrow from who asked to the command. */
  const askerOf = (asked: Asked): Arrow | undefined => {
    const all = askers.get(asked.command ?? "") ?? []
    const gear = all.find(({ from, relation }) => relation === "issues" && byId.get(from)!.name === asked.gear)
    if (asked.gear !== undefined) return gear
    return ofActor(
      all.filter(({ relation }) => relation === "pushes"),
      byId,
      actors,
      asked
    )
  }

  /** An event that an automation takes is on its way from now on: what that asks for has to wait. */
  const expect = ({ key, type }: Appended, command: string | undefined) => {
    for (const { relation, to } of leaving.get(noteOf(type, command)?.id ?? "") ?? []) {
      if (relation === "wakes") underway.set(wayOf(key, byId.get(to)!.name), [])
    }
  }

  const start = (asked: Asked) => {
    const by = askerOf(asked)
    const command = by?.to ?? named.get(`command/${asked.command}`)?.[0]?.id
    const play: Play = { asked, by, command, decided: false, events: [...asked.events] }
    plays.set(asked.key, play)
    if (plays.size > mostPlays) plays.delete(plays.keys().next().value!)
    for (const event of asked.events) expect(event, command)
    const causes = asked.gear === undefined ? [] : asked.causes.map((event) => wayOf(event, asked.gear!))
    const cause = causes.find((way) => underway.has(way))
    if (cause === undefined) begin(play)
    else underway.get(cause)!.push(() => begin(play))
  }

  /** What was asked for, or more events of a command that was asked for before. */
  const take = (asked: Asked) => {
    const play = plays.get(asked.key)
    if (!play) return start(asked)
    for (const event of asked.events) {
      expect(event, play.command)
      if (play.decided) emit(event, play.command)
      else play.events.push(event)
    }
  }

  /** Forgets what is on its way. */
  const clear = () => {
    plays.clear()
    underway.clear()
  }
  return { take, clear }
}
