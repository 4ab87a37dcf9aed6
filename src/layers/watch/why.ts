import type { Board, Boundary } from "#domain/grammar/index.ts"
import { Effect } from "effect"
import type { Seen, Step, Why } from "../blueprint/seen.ts"
import { type Logged, type LogReader, pageSize } from "../LogReader.ts"
import { shower } from "./seen.ts"

/** How far around a fact the log is searched, in positions to each side. */
const around = 5_000

const mostSteps = 200

/** `undefined` for a subject that names no place: what somebody published may have any number of tokens. */
const placeIn = (subject: string): Boundary.Place | undefined => {
  const [, boundary, , key, type, ...more] = subject.split(".")
  return boundary && key && type && more.length === 0 ? { boundary, key } : undefined
}

/** A message with what it says of its story; the rest is decoded only if it is part of it. */
interface Told {
  readonly logged: Logged
  readonly position: number
  readonly id: string | undefined
  readonly causationid: string | undefined
  readonly correlationid: string | undefined
}

const toldBy = (logged: Logged): Told => {
  const { causationid, correlationid, id } = logged.attributes()
  return { logged, position: logged.position, id, causationid, correlationid }
}

/** The causes of a fact, nearest first: as far as they are among what was found. */
const causesOf = (fact: Told, byId: ReadonlyMap<string | undefined, Told>): ReadonlyArray<number> => {
  const causes: Array<number> = []
  for (let at = byId.get(fact.causationid); at && at.position < (causes.at(-1) ?? fact.position);) {
    causes.push(at.position)
    at = byId.get(at.causationid)
  }
  return causes
}

const stepsOf = (facts: ReadonlyArray<Seen>, byId: ReadonlyMap<string | undefined, Told>): ReadonlyArray<Step> =>
  Array.from(
    Map.groupBy(facts, ({ commandid, id }) => commandid ?? id),
    ([commandId, facts]) => {
      const [{ actor = "", causationid, source, subject = "", time }] = facts as [Seen]
      return {
        command: source.slice(source.lastIndexOf("/") + 1),
        commandId,
        actor,
        time,
        place: subject,
        causedBy: byId.get(causationid)?.position ?? null,
        facts
      }
    }
  )

/** Steps next to a position, so many at the most. */
const nearest = (steps: ReadonlyArray<Step>, position: number): ReadonlyArray<Step> => {
  const distance = ({ facts }: Step) => Math.abs(facts[0]!.position - position)
  return [...steps]
    .sort((a, b) => distance(a) - distance(b))
    .slice(0, mostSteps)
    .sort((a, b) => a.facts[0]!.position - b.facts[0]!.position)
}

/** Whether somebody asked for it, rather than a fact that was not found. */
const isExplained = ({ causedBy, commandId, facts }: Step) =>
  causedBy !== null || (facts[0]!.causationid ?? commandId) === commandId

/** Why a fact is there: the commands and facts of its story, from its own place and from the log around it. */
export const why = (board: Board.Any, reader: LogReader["Service"]) => {
  const show = shower(board)

  const near = (from: number, upTo: number) =>
    Effect.forEach(
      Array.from({ length: Math.ceil((upTo - from) / pageSize) }, (_, n) => from + n * pageSize),
      (after) => reader.page(after, Math.min(after + pageSize, upTo)),
      { concurrency: 4 }
    )

  /** The story of the fact at a position; `undefined` if there is none. */
  return Effect.fnUntraced(function* (position: number, newest: number) {
    const [logged] = yield* reader.page(position - 1, position)
    if (!logged) return undefined
    const looked = { from: Math.max(1, position - around), upTo: Math.min(newest, position + around) }
    const pages = yield* near(looked.from - 1, looked.upTo)
    const found = new Map<number, Told>()
    const place = placeIn(logged.subject)
    const inPlace = place ? yield* reader.place(place) : [logged]
    for (const each of [...inPlace, ...pages.flat()]) {
      if (!found.has(each.position)) found.set(each.position, toldBy(each))
    }
    const fact = toldBy(logged)
    const all = [...found.values()].sort((a, b) => a.position - b.position)
    const byId = new Map(all.flatMap((each) => (each.id === undefined ? [] : [[each.id, each]])))
    const causes = causesOf(fact, byId)
    const chain = [...causes.toReversed(), position]
    const isPart = ({ correlationid, position }: Told) =>
      chain.includes(position) || (correlationid !== undefined && correlationid === fact.correlationid)
    const steps = stepsOf(
      all.filter(isPart).map(({ logged }) => show(logged)),
      byId
    )
    const answer: Why = {
      position,
      correlationId: fact.correlationid ?? "",
      steps: nearest(steps, position),
      chain,
      looked,
      complete: steps.length <= mostSteps && steps.every(isExplained)
    }
    return answer
  })
}
