import { DateTime } from "effect"
import { Board, Boundary, Command, Decide, Projection, Read } from "#domain/model/index.ts"
import { contextOf } from "#layers/commands/decider.ts"
import type { Call, CommandRequest } from "../history.ts"
import type { EvidenceIndex, Invariant, LoggedEvent } from "./Evidence.ts"
import { lineOfCall, excerptOfStream } from "./excerpt.ts"
import { changesDuring, momentsOf, type Moments } from "./moments.ts"
import { standIn } from "./secrets.ts"

const name = "I2"

/** How long before a request or after its answer its time may be, in milliseconds, for rounding. */
const clockSlackMillis = 10

/** The content of an answer without events: a rejection or "nothing to do". */
const answerOf = ({ outcome }: Call): string | undefined =>
  outcome.is === "refused"
    ? outcome.code
    : outcome.is === "done" && outcome.facts.length === 0
      ? "nothing to do"
      : undefined

/** A command with its input and the events of the event streams that it reads. */
interface Question {
  readonly command: Command.Any
  readonly input: unknown
  readonly contexts: ReadonlyArray<Command.Context>
  readonly streams: ReadonlyMap<string, ReadonlyArray<LoggedEvent>>
}

/** The position up to which each event stream was seen. */
type Seen = (streamId: string) => number

/** The answers that the rule gives at the beginning and at the end of the call, on what was seen. */
const answersOn = ({ command, contexts, input, streams }: Question, seen: Seen): ReadonlyArray<string> => {
  const states = Decide.statesOf(command, input, (projection, streamId) => {
    const text = Boundary.format(streamId)
    const events = streams.get(text)!.filter(({ position }) => position <= seen(text))
    return Projection.fold(
      projection,
      events.map(({ event }) => event)
    )
  })
  return contexts.map((context) => {
    const decision = command.decide(states, input, context)
    return Array.isArray(decision) ? (decision.length === 0 ? "nothing to do" : "events") : decision._tag
  })
}

/** Whether the rule gave an answer at one moment: all event streams are seen up to the same position of the log. */
const wasRight = (index: EvidenceIndex, question: Question, answer: string, moments: Moments): boolean =>
  changesDuring(index, [...question.streams.values()].flat(), moments).some((position) =>
    answersOn(question, () => position).includes(answer)
  )

/** Whether it is the answer of replicas that were behind, each event stream by another distance. */
const wasStale = (index: EvidenceIndex, question: Question, answer: string, max: number): boolean => {
  const tryAll = (seen: ReadonlyMap<string, number>): boolean => {
    const next = [...question.streams].find(([streamId]) => !seen.has(streamId))
    if (!next) return answersOn(question, (streamId) => seen.get(streamId)!).includes(answer)
    const [streamId, events] = next
    return changesDuring(index, events, { min: 0, max }).some((position) =>
      tryAll(new Map([...seen, [streamId, position]]))
    )
  }
  return tryAll(new Map())
}

/** What a command may have been decided on; its time is that of an attempt between request and answer. */
const questionOf = (
  { eventsByStream }: EvidenceIndex,
  command: Command.Any,
  request: CommandRequest,
  { answeredAt, key, requestedAt }: Call
): Question => {
  const contexts = [requestedAt - clockSlackMillis, answeredAt + clockSlackMillis].map((time) =>
    contextOf(
      { actor: "", commandId: key, time: DateTime.formatIso(DateTime.makeUnsafe(time)) },
      {},
      { secret: standIn }
    )
  )
  const input = Command.inputOf(command, request.input, contexts[0]!.ids)
  const streamIds = Command.reads(command).flatMap(({ read }) => Read.streamIds(read, input).map(Boundary.format))
  return { command, contexts, input, streams: new Map(streamIds.map((id) => [id, eventsByStream.get(id) ?? []])) }
}

/** An answer without events, and whether the rule gave it during the call (`right`), only before it (`stale`), or never (`wrong`). */
interface JudgedAnswer {
  readonly call: Call
  readonly answer: string
  readonly streamIds: ReadonlyArray<string>
  readonly verdict: "right" | "stale" | "wrong"
}

const judgeAnswers = (index: EvidenceIndex): ReadonlyArray<JudgedAnswer> => {
  const { calls, evidence, requests } = index
  const commands = new Map(Board.commands(evidence.board).map((command) => [command.name, command]))
  const findMoments = momentsOf(index)
  return calls.flatMap((call) => {
    const answer = answerOf(call)
    const request = requests.get(call.key)
    const command = request && commands.get(request.command)
    if (answer === undefined || !command) return []
    const question = questionOf(index, command, request, call)
    const moments = findMoments(call)
    const verdict = wasRight(index, question, answer, moments)
      ? "right"
      : wasStale(index, question, answer, moments.max)
        ? "stale"
        : "wrong"
    return [{ call, answer, streamIds: [...question.streams.keys()], verdict }]
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
  promise:
    "each rejection is what the rule gives before the answer; with one node, on one state of the log during the call",
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
