import { Board, Boundary, type Command, Projection } from "#domain/grammar/index.ts"
import type { Call } from "../history.ts"
import type { Invariant, Logged } from "./Case.ts"
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

/**
 * A "no" is what the rule says at some moment between question and answer: all that was acknowledged before the question
 * is known, and nothing that was first asked after the answer.
 */
export const answers: Invariant = {
  name,
  promise: "each refusal is what the rule said at some moment between question and answer",
  check: (about) => {
    const { asks, calls, evidence, ofPlace: factsIn } = about
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
      for (const seen of choices(windows)) {
        if (decisionOf(command, ask.input, seen) === said) return []
      }
      return [
        {
          invariant: name,
          what: `app ${call.app} answered ${call.key} with "${said}", which the rule did not say at any moment of the call`,
          excerpt: [lineOfCall(about, call), ...places.flatMap((place) => ofPlace(about, place))]
        }
      ]
    })
  }
}
