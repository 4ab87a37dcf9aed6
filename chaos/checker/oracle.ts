import { isDeepStrictEqual } from "node:util"
import { Board, Boundary, Command, Decide, Projection, Read } from "#domain/model/index.ts"
import { storedEvents } from "#layers/codec/storedEvents.ts"
import { contextOf } from "#layers/commands/decider.ts"
import { digest } from "#layers/services/Ids.ts"
import { type DomainEvent, isOriginal, type RecordedEvent } from "#layers/services/RecordedEvent.ts"
import { decideWithSecrets, standIn } from "./secrets.ts"

/** The events of one command that its rule does not give on the log before them, and why. */
export interface Deviation {
  readonly events: ReadonlyArray<RecordedEvent>
  readonly reason: string
}

/** The event streams that a command guards, by their text. */
const guardedStreams = (command: Command.Any, input: unknown): ReadonlyMap<string, Boundary.StreamId> =>
  new Map(
    Command.reads(command).flatMap(({ read, use }) =>
      use === "guards" ? Read.streamIds(read, input).map((id) => [Boundary.format(id), id] as const) : []
    )
  )

/** An event or a copy, with its number in its event stream. */
const placeOf = ({ copyOf, event, streamId, streamRevision }: Omit<RecordedEvent, "position">): string =>
  `${copyOf === undefined ? "" : "a copy of "}${event._tag} at ${streamRevision} of ${streamId}`

/** How the events of a command were stored, where that is not how it should be. */
const explainStorage = (
  events: ReadonlyArray<RecordedEvent>,
  expected: ReadonlyArray<Omit<RecordedEvent, "position">>
): string | undefined => {
  const [actualPlaces, expectedPlaces] = [events.map(placeOf), expected.map(placeOf)]
  if (!isDeepStrictEqual(actualPlaces, expectedPlaces))
    return `it was stored as ${actualPlaces.join(", ")} instead of ${expectedPlaces.join(", ")}`
  const other = events.find(({ copyOf, id }, n) => id !== expected[n]!.id || copyOf !== expected[n]!.copyOf)
  return other && `${placeOf(other)} has the id or the original of another event`
}

/** Runs of one command's messages that directly follow each other in the log. */
const commandRuns = function* (log: ReadonlyArray<RecordedEvent>) {
  for (let at = 0; at < log.length;) {
    const { commandId, position } = log[at]!
    const continues = (end: number) => log[end]?.commandId === commandId && log[end].position === position + end - at
    let end = at + 1
    while (continues(end)) end++
    yield log.slice(at, end)
    at = end
  }
}

/** A command's input, reconstructed from its events; undefined if its digest is not the one that they carry. */
const inputOf = (command: Command.Any, events: ReadonlyArray<RecordedEvent>): object | undefined => {
  const fields: Record<string, unknown> = Object.assign({}, ...events.map(({ event }) => event))
  const names = Object.keys(Command.requestSchema(command).fields).filter((name) => name in fields)
  const input = Object.fromEntries(names.map((name) => [name, fields[name]]))
  return digest([command.name, input]) === events[0]!.commandHash ? input : undefined
}

/**
 * Replays a log and checks every command in it: its events are what its `decide` gives on all events before them, they
 * directly follow each other, each has a copy in each further boundary of its lane, and each directly follows the version of
 * its event stream that the command saw. Returns the deviations. `inputs` gives a command's input by its id where its events
 * do not contain it.
 */
export const oracle = (
  board: Board.Any,
  log: ReadonlyArray<RecordedEvent>,
  inputs: (commandId: string) => object | undefined = () => undefined
): ReadonlyArray<Deviation> => {
  const commands = new Map(Board.commands(board).map((command) => [command.name, command]))
  const eventsByStream = new Map<string, Array<DomainEvent>>()
  const toStored = storedEvents(board)
  const deviations: Array<Deviation> = []

  const explainDeviation = (events: ReadonlyArray<RecordedEvent>): string | undefined => {
    const [first] = events
    const command = commands.get(first!.command)
    if (!command) return `the board has no command ${first!.command}`
    const request = inputs(first!.commandId) ?? inputOf(command, events)
    if (!request) return `the input of ${first!.command} cannot be reconstructed from its events`
    if (digest([command.name, request]) !== first!.commandHash) return "its digest is not that of its input"
    const contextWith = (secret: (name: string) => string) => contextOf(first!, {}, { secret })
    const input = Command.inputOf(command, request, contextWith(standIn).ids)
    const guarded = guardedStreams(command, input)
    const outside = events.find(({ streamId }) => !guarded.has(streamId))
    if (outside) return `it wrote outside ${[...guarded.keys()].join(" and ")}`
    const historyOf = (streamId: string) => eventsByStream.get(streamId) ?? []
    const expected = Array.from(guarded, ([text, streamId]) => ({
      streamId,
      version: { position: 0, count: historyOf(text).length }
    }))
    const originals = events.filter(isOriginal)
    const appended = originals.map(({ event }) => event)
    const misplaced = explainStorage(events, toStored(expected, appended, first!))
    if (misplaced !== undefined) return misplaced
    const states = Decide.statesOf(command, input, (projection, streamId) =>
      Projection.fold(projection, historyOf(Boundary.format(streamId)))
    )
    const decision = decideWithSecrets((secret) => command.decide(states, input, contextWith(secret)), appended)
    if (!Array.isArray(decision)) return `its rule rejects: ${(decision as DomainEvent)._tag}`
    return isDeepStrictEqual(decision, appended)
      ? undefined
      : `its rule gives ${decision.map(({ _tag }) => _tag).join(", ") || "no events"}`
  }

  for (const events of commandRuns(log)) {
    const reason = explainDeviation(events)
    if (reason !== undefined) deviations.push({ events, reason })
    for (const { streamId, event } of events) {
      const history = eventsByStream.get(streamId)
      if (history) history.push(event)
      else eventsByStream.set(streamId, [event])
    }
  }
  return deviations
}
