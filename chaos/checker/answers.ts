import { Board, Boundary, Command, Decide, Projection, Read } from "#domain/model/index.ts"
import { contextOf } from "#layers/commands/decider.ts"
import type { Call } from "../history.ts"
import type { EvidenceIndex, Invariant, LoggedEvent } from "./Evidence.ts"
import { lineOfCall, excerptOfStream } from "./excerpt.ts"

const name = "I2"

/** The events of an event stream that a command may have seen: between the first `min` and the first `max`. */
interface Window {
  readonly events: ReadonlyArray<LoggedEvent>
  readonly min: number
  readonly max: number
}

const countBefore = (moments: ReadonlyMap<string, number>, events: ReadonlyArray<LoggedEvent>, t: number) =>
  1 + events.findLastIndex(({ commandId }) => (moments.get(commandId) ?? Infinity) < t)

const decisionOf = (
  command: Command.Any,
  input: object,
  context: Command.Context,
  seen: ReadonlyArray<LoggedEvent>
): string => {
  const states = Decide.statesOf(command, input, (projection, streamId) => {
    const text = Boundary.format(streamId)
    return Projection.fold(
      projection,
      seen.filter((each) => each.streamId === text).map(({ event }) => event)
    )
  })
  const decision = command.decide(states, input, context)
  return Array.isArray(decision) ? (decision.length === 0 ? "nothing to do" : "events") : decision._tag
}

/** Every combination of the events seen of each event stream. */
const possibleStates = function* (windows: ReadonlyArray<Window>): Generator<ReadonlyArray<LoggedEvent>> {
  const [first, ...rest] = windows
  if (!first) return yield []
  for (let count = first.max; count >= first.min; count--) {
    for (const others of possibleStates(rest)) yield [...first.events.slice(0, count), ...others]
  }
}

/** The content of an answer without events: a rejection or "nothing to do". */
const answerOf = ({ outcome }: Call): string | undefined =>
  outcome.is === "refused"
    ? outcome.code
    : outcome.is === "done" && outcome.facts.length === 0
      ? "nothing to do"
      : undefined

/** An answer without events, and whether the rule gave it during the call (`right`), only before it (`stale`), or never (`wrong`). */
interface JudgedAnswer {
  readonly call: Call
  readonly answer: string
  readonly streamIds: ReadonlyArray<string>
  readonly verdict: "right" | "stale" | "wrong"
}

/** A command has seen every event acknowledged before its request, and none first requested after its answer. */
const judgeAnswers = ({
  requests,
  calls,
  evidence,
  eventsByStream: eventsIn
}: EvidenceIndex): ReadonlyArray<JudgedAnswer> => {
  const commands = new Map(Board.commands(evidence.board).map((command) => [command.name, command]))
  const requestedAt = new Map(Array.from(requests.values(), ({ key, t }) => [key, t]))
  const acknowledgedAt = new Map<string, number>()
  for (const { key, outcome, until } of calls) {
    if (outcome.is === "done" && outcome.facts.length > 0) {
      acknowledgedAt.set(key, Math.min(until, acknowledgedAt.get(key) ?? Infinity))
    }
  }
  return calls.flatMap((call) => {
    const answer = answerOf(call)
    const request = requests.get(call.key)
    const command = request && commands.get(request.command)
    if (answer === undefined || !command) return []
    const streamIds = [
      ...new Set(Command.reads(command).flatMap(({ read }) => Read.streamIds(read, request.input).map(Boundary.format)))
    ]
    const context = contextOf(
      { actor: "", commandId: call.key, time: new Date(call.t).toISOString() },
      {},
      { secret: (name) => name }
    )
    // Events of an automation have no request time: the command may have seen them or not.
    const windows = streamIds.map((streamId): Window => {
      const events = eventsIn.get(streamId) ?? []
      const later = events.findIndex(({ commandId }) => (requestedAt.get(commandId) ?? 0) > call.until)
      const max = later < 0 ? events.length : later
      return { events, max, min: Math.min(max, countBefore(acknowledgedAt, events, call.t)) }
    })
    const isPossible = (from: ReadonlyArray<Window>) =>
      possibleStates(from).some((seen) => decisionOf(command, request.input, context, seen) === answer)
    const earlier = windows.map((window) => ({ ...window, min: 0 }))
    return [
      {
        call,
        answer,
        streamIds,
        verdict: isPossible(windows) ? "right" : isPossible(earlier) ? "stale" : "wrong"
      }
    ]
  })
}

/**
 * Answers based on a replica that lacked events acknowledged before the request. They append nothing, and a retry helps;
 * with one replica there are none.
 */
export const staleAnswers = (index: EvidenceIndex): ReadonlyArray<Call> =>
  judgeAnswers(index).flatMap(({ call, verdict }) => (verdict === "stale" ? [call] : []))

export const answers: Invariant = {
  name,
  promise: "each rejection is what the rule gives before the answer; with one node, also not before the request",
  check: (index) => {
    const nodes = new Set(index.evidence.replicas.map(({ node }) => node)).size
    return judgeAnswers(index)
      .filter(({ verdict }) => verdict === "wrong" || (verdict === "stale" && nodes < 2))
      .map(({ call, streamIds, answer }) => ({
        invariant: name,
        description: `app ${call.app} answered ${call.key} with "${answer}", which the rule gave at no time during the call`,
        excerpt: [lineOfCall(index, call), ...streamIds.flatMap((streamId) => excerptOfStream(index, streamId))]
      }))
  }
}
