import { isDeepStrictEqual } from "node:util"
import { Board, Boundary, type Command, type Event, Projection } from "#domain/model/index.ts"
import { digest } from "#layers/services/Ids.ts"
import type { DomainEvent, RecordedEvent } from "#layers/services/RecordedEvent.ts"

/** Facts of one command that are not what its rule says on what stood in the log before them. */
export interface Deviation {
  readonly events: ReadonlyArray<RecordedEvent>
  readonly reason: string
}

/** The boundaries whose facts a command looks at: the guarded one first. */
const boundariesOf = (board: Board.Any, { guards, state }: Command.Any): ReadonlyArray<Boundary.Any> => {
  const lanes = Board.laneOf(board)
  const reads: ReadonlyArray<Event.Any> = state.reads
  return [...new Set<Boundary.Any>([guards, ...reads.map(({ identifier }) => lanes.get(identifier)!.boundary)])]
}

/** Runs of neighbours in the log that one command left. */
const commandRuns = function* (log: ReadonlyArray<RecordedEvent>) {
  for (let at = 0; at < log.length;) {
    let end = at + 1
    while (end < log.length && log[end]!.commandId === log[at]!.commandId) end++
    yield log.slice(at, end)
    at = end
  }
}

/** A command's input, out of the facts that it left; its digest stands in each of them and says whether it is that. */
const inputOf = (command: Command.Any, events: ReadonlyArray<RecordedEvent>): object | undefined => {
  const fields: Record<string, unknown> = Object.assign({}, ...events.map(({ event }) => event))
  const names = Object.keys(command.input.fields).filter((name) => name in fields)
  const input = Object.fromEntries(names.map((name) => [name, fields[name]]))
  return digest([command.name, input]) === events[0]!.commandHash ? input : undefined
}

/**
 * Reads a log from its beginning and asks of every command in it: is what it left what its own `decide` says on all that
 * stood there before, and does each fact follow the one that its writer saw? Answers with those for which that is not so.
 * `inputs` knows a command's input by its id where the facts do not tell it.
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
    if (!input) return `what ${first!.command} was asked cannot be told from its facts`
    const [guarded, ...others] = boundariesByCommand
      .get(command)!
      .map((boundary) => Boundary.format(Boundary.streamId(boundary, input)))
    if (events.some(({ streamId }) => streamId !== guarded)) return `it wrote outside of ${guarded}`
    const history = eventsByStream.get(guarded!) ?? []
    const outOfOrder = events.find(({ streamRevision }, n) => streamRevision !== history.length + n + 1)
    if (outOfOrder)
      return `number ${outOfOrder.streamRevision} of its place stands behind ${history.length + events.indexOf(outOfOrder)} others`
    const known = others.flatMap((streamId) => eventsByStream.get(streamId) ?? [])
    const state = Projection.fold(command.state, [...known, ...history])
    const decision: Command.Decision<DomainEvent, DomainEvent> = command.decide(state, input)
    if (!Array.isArray(decision)) return `its rule refuses: ${(decision as DomainEvent)._tag}`
    const appended = events.map(({ event }) => event)
    return isDeepStrictEqual(decision, appended)
      ? undefined
      : `its rule says ${decision.map(({ _tag }) => _tag).join(", ") || "that there is nothing to do"}`
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
