import { Board, Boundary, type Command, Projection } from "#domain/model/index.ts"
import type { Call } from "../history.ts"
import type { Case, Invariant, Logged } from "./Case.ts"
import { lineOfCall, ofPlace } from "./excerpt.ts"

const name = "I2"

/** What a command may have seen of a place: at least so many of its facts, at most so many. */
interface Window {
  readonly facts: ReadonlyArray<Logged>
  readonly least: number
  readonly most: number
}

const newestBefore = (moments: ReadonlyMap<string, number>, facts: ReadonlyArray<Logged>, t: number) =>
  1 + facts.findLastIndex(({ commandId }) => (moments.get(commandId) ?? Infinity) < t)

const decisionOf = (command: Command.Any, input: object, seen: ReadonlyArray<Logged>): string => {
  const state = Projection.fold(
    command.state,
    seen.map(({ fact }) => fact)
  )
  const decision = command.decide(state, input)
  return Array.isArray(decision) ? (decision.length === 0 ? "nothing to do" : "facts") : decision._tag
}

/** Each choice of how much was seen of each place. */
const choices = function* (windows: ReadonlyArray<Window>): Generator<ReadonlyArray<Logged>> {
  const [first, ...rest] = windows
  if (!first) return yield []
  for (let count = first.most; count >= first.least; count--) {
    for (const others of choices(rest)) yield [...first.facts.slice(0, count), ...others]
  }
}

/** What an answer that left no facts says. */
const saidBy = ({ outcome }: Call): string | undefined =>
  outcome.is === "refused"
    ? outcome.code
    : outcome.is === "done" && outcome.facts.length === 0
      ? "nothing to do"
      : undefined

/** An answer that left no facts: whether the rule said so between question and answer, before that, or never. */
interface Judged {
  readonly call: Call
  readonly said: string
  readonly places: ReadonlyArray<string>
  readonly is: "right" | "stale" | "wrong"
}

/** All that was acknowledged before the question is known, and nothing that was first asked after the answer. */
const judged = ({ asks, calls, evidence, ofPlace: factsIn }: Case): ReadonlyArray<Judged> => {
  const commands = new Map(Board.commands(evidence.board).map((command) => [command.name, command]))
  const lanes = Board.laneOf(evidence.board)
  const asked = new Map(Array.from(asks.values(), ({ key, t }) => [key, t]))
  const acknowledged = new Map<string, number>()
  for (const { key, outcome, until } of calls) {
    if (outcome.is === "done" && outcome.facts.length > 0) {
      acknowledged.set(key, Math.min(until, acknowledged.get(key) ?? Infinity))
    }
  }
  return calls.flatMap((call) => {
    const said = saidBy(call)
    const ask = asks.get(call.key)
    const command = ask && commands.get(ask.command)
    if (said === undefined || !command) return []
    const boundaries = new Set<Boundary.Any>([
      command.guards,
      ...command.state.reads.map(({ identifier }: any) => lanes.get(identifier)!.boundary)
    ])
    const places = Array.from(boundaries, (boundary) => Boundary.spell(Boundary.place(boundary, ask.input)))
    // Facts of an automation have no moment of their own: they may have been seen, or not.
    const windows = places.map((place): Window => {
      const facts = factsIn.get(place) ?? []
      const later = facts.findIndex(({ commandId }) => (asked.get(commandId) ?? 0) > call.until)
      const most = later < 0 ? facts.length : later
      return { facts, most, least: Math.min(most, newestBefore(acknowledged, facts, call.t)) }
    })
    const saysSo = (from: ReadonlyArray<Window>) =>
      choices(from).some((seen) => decisionOf(command, ask.input, seen) === said)
    const earlier = windows.map((window) => ({ ...window, least: 0 }))
    return [{ call, said, places, is: saysSo(windows) ? "right" : saysSo(earlier) ? "stale" : "wrong" }]
  })
}

/**
 * Answers that rest on a replica which did not know yet what had been acknowledged before the question. They change
 * nothing and asking again helps; with one replica there are none.
 */
export const stale = (about: Case): ReadonlyArray<Call> =>
  judged(about).flatMap(({ call, is }) => (is === "stale" ? [call] : []))

export const answers: Invariant = {
  name,
  promise: "each refusal is what the rule said before it was answered; with one node, not before the question either",
  check: (about) => {
    const nodes = new Set(about.evidence.replicas.map(({ node }) => node)).size
    return judged(about)
      .filter(({ is }) => is === "wrong" || (is === "stale" && nodes < 2))
      .map(({ call, places, said }) => ({
        invariant: name,
        what: `app ${call.app} answered ${call.key} with "${said}", which the rule did not say at any moment of the call`,
        excerpt: [lineOfCall(about, call), ...places.flatMap((place) => ofPlace(about, place))]
      }))
  }
}
