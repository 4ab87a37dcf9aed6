import { Result } from "effect"
import { Board, Boundary, type Command, type Event, Key, type Projection } from "#domain/model/index.ts"
import { deriveId } from "#layers/services/Ids.ts"
import type { DomainEvent } from "#layers/services/RecordedEvent.ts"
import type { UnguardedReadSpec } from "./UnguardedReads.ts"

/** The most characters of an id sent by a caller: derived ids keep to it, so that callers can send them, too. */
const maxIdLength = 128

/** The error of a key that names no event stream or row; anything else that is thrown is a defect. */
const invalidKey = (error: unknown): Key.InvalidKey => {
  if (error instanceof Key.InvalidKey) return error
  throw error
}

/** The event streams of a command. */
export interface StreamRefs {
  readonly guarded: Boundary.StreamId
  /** The guarded one as text, its key in caches and queues. */
  readonly guardedId: string
  /** Those that it reads without a guard. */
  readonly unguarded: ReadonlyArray<Boundary.StreamId>
  /** How the unguarded ones are cached; undefined if there are none. */
  readonly readSpec: UnguardedReadSpec | undefined
  /** The default correlation id. */
  readonly correlationId: string
}

/** What the commands of a board read, computed once. */
export const readPlans = (board: Board.Any) => {
  const lanes = Board.laneOf(board)
  const unguardedBoundariesOf = ({ state, guards }: Command.Any): ReadonlyArray<Boundary.Any> => {
    const reads: ReadonlyArray<Event.Any> = state.reads
    const all = new Set(reads.map(({ identifier }) => lanes.get(identifier)!.boundary))
    all.delete(guards)
    return [...all]
  }
  const commands = Board.commands(board)
  const unguardedBoundaries = new Map(commands.map((command) => [command, unguardedBoundariesOf(command)]))
  const initialStates = new Map(
    Array.from(new Set(commands.map(({ guards }) => guards)), (boundary) => [
      boundary,
      commands
        .filter((command) => command.guards === boundary && unguardedBoundaries.get(command)!.length === 0)
        .map(({ state }) => [state, state.initial] as const)
    ])
  )
  const projections = [...new Set(commands.map(({ state }) => state))]
  const projectionNumbers = new Map(projections.map((projection, n) => [projection, n]))
  const unguardedBoundaryNames = new Set([...unguardedBoundaries.values()].flat().map(({ name }) => name))

  const readSpecOf = (projection: Projection.Any, unguarded: ReadonlyArray<Boundary.StreamId>): UnguardedReadSpec => {
    const streams = unguarded.map(Boundary.format)
    return { projection, streams, key: `${projectionNumbers.get(projection)}:${streams.join()}` }
  }

  const resolveStreams = (command: Command.Any, input: unknown): StreamRefs => {
    const unguarded = unguardedBoundaries.get(command)!.map((boundary) => Boundary.streamId(boundary, input as never))
    const guarded = Boundary.streamId(command.guards, input as never)
    const guardedId = Boundary.format(guarded)
    return {
      guarded,
      guardedId,
      unguarded: unguarded,
      readSpec: unguarded.length > 0 ? readSpecOf(command.state, unguarded) : undefined,
      correlationId: guarded.key.length <= maxIdLength ? guarded.key : deriveId(guardedId)
    }
  }

  const views = Board.views(board)
  const rowKeys = new Map(
    Board.events(board).map((event) => [
      event.identifier,
      views.filter(({ shows }) => shows.reads.includes(event)).map(({ key }) => key as Key.Key)
    ])
  )

  return {
    /** Fails if the input's values cannot name the event streams. */
    resolveStreams: (command: Command.Any, input: unknown): Result.Result<StreamRefs, Key.InvalidKey> =>
      Result.try({ try: () => resolveStreams(command, input), catch: invalidKey }),
    /** Fails if an event cannot name its row in each view that reads it: the view could not process it. */
    checkRowKeys: (events: ReadonlyArray<DomainEvent>): Result.Result<void, Key.InvalidKey> =>
      Result.try({
        try: () =>
          events.forEach((event) => rowKeys.get(event._tag)?.forEach((key) => Key.tokens(key, event as never))),
        catch: invalidKey
      }),
    /** Whether any command reads such an event stream without a guard. */
    isReadUnguarded: ({ boundary }: Boundary.StreamId): boolean => unguardedBoundaryNames.has(boundary),
    /** The states of an empty event stream for the commands that read no unguarded streams. */
    initialStates: (boundary: Boundary.Any): ReadonlyArray<readonly [Projection.Any, unknown]> =>
      initialStates.get(boundary)!
  }
}
