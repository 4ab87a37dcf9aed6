import { isDeepStrictEqual } from "node:util"
import { Board, Boundary, type Command, type Event, Projection } from "#domain/model/index.ts"
import { digest } from "#layers/services/Ids.ts"
import type { DomainEvent, RecordedEvent } from "#layers/services/RecordedEvent.ts"

/** The events of one command that its rule does not give on the log before them, and why. */
export interface Deviation {
  readonly events: ReadonlyArray<RecordedEvent>
  readonly reason: string
}

/** The boundaries whose events a command reads: the guarded one first. */
const boundariesOf = (board: Board.Any, { guards, state }: Command.Any): ReadonlyArray<Boundary.Any> => {
  const lanes = Board.laneOf(board)
  const reads: ReadonlyArray<Event.Any> = state.reads
  return [...new Set<Boundary.Any>([guards, ...reads.map(({ identifier }) => lanes.get(identifier)!.boundary)])]
}

/** Runs of adjacent events in the log of one command each. */
const commandRuns = function* (log: ReadonlyArray<RecordedEvent>) {
  for (let at = 0; at < log.length;) {
    let end = at + 1
    while (end < log.length && log[end]!.commandId === log[at]!.commandId) end++
    yield log.slice(at, end)
    at = end
  }
}

/** A command's input, reconstructed from its events; undefined if its digest is not the one that they carry. */
const inputOf = (command: Command.Any, events: ReadonlyArray<RecordedEvent>): object | undefined => {
  const fields: Record<string, unknown> = Object.assign({}, ...events.map(({ event }) => event))
  const names = Object.keys(command.input.fields).filter((name) => name in fields)
  const input = Object.fromEntries(names.map((name) => [name, fields[name]]))
  return digest([command.name, input]) === events[0]!.commandHash ? input : undefined
}

/**
 * Replays a log and checks every command in it: its events are what its `decide` gives on all events before them, and each
 * event directly follows the version of its event stream that the command saw. Returns the deviations. `inputs` gives a
 * command's input by its id where its events do not contain it.
 */
export const oracle = (
  board: Board.Any,
  log: ReadonlyArray<RecordedEvent>,
  inputs: (commandId: string) => object | undefined = () => undefined
): ReadonlyArray<Deviation> => {
  const commands = new Map(Board.commands(board).map((command) => [command.name, command]))
  const boundariesByCommand = new Map(
    Array.from(commands.values(), (command) => [command, boundariesOf(board, command)])
  )
  const eventsByStream = new Map<string, Array<DomainEvent>>()
  const deviations: Array<Deviation> = []

  const explainDeviation = (events: ReadonlyArray<RecordedEvent>): string | undefined => {
    const [first] = events
    const command = commands.get(first!.command)
    if (!command) return `the board has no command ${first!.command}`
    const input = inputs(first!.commandId) ?? inputOf(command, events)
    if (!input) return `the input of ${first!.command} cannot be reconstructed from its events`
    const [guarded, ...others] = boundariesByCommand
      .get(command)!
      .map((boundary) => Boundary.format(Boundary.streamId(boundary, input)))
    if (events.some(({ streamId }) => streamId !== guarded)) return `it wrote outside ${guarded}`
    const history = eventsByStream.get(guarded!) ?? []
    const outOfOrder = events.find(({ streamRevision }, n) => streamRevision !== history.length + n + 1)
    if (outOfOrder)
      return `number ${outOfOrder.streamRevision} of its event stream is preceded by ${history.length + events.indexOf(outOfOrder)} others`
    const known = others.flatMap((streamId) => eventsByStream.get(streamId) ?? [])
    const state = Projection.fold(command.state, [...known, ...history])
    const decision: Command.Decision<DomainEvent, DomainEvent> = command.decide(state, input)
    if (!Array.isArray(decision)) return `its rule rejects: ${(decision as DomainEvent)._tag}`
    const appended = events.map(({ event }) => event)
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
