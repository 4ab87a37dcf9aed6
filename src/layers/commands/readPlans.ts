import { Result } from "effect"
import { Board, Boundary, type Command, type Event, Key, type Projection } from "#domain/model/index.ts"
import { deriveId } from "#layers/services/Ids.ts"
import type { DomainEvent } from "#layers/services/RecordedEvent.ts"
import type { UnguardedReadSpec } from "./UnguardedReads.ts"

/** Characters that an id of a caller may have (`CallersId`); what is made up here can be sent by a caller, too. */
const maxIdLength = 128

/** What naming a place or a row fails with; anything else that is thrown is a defect. */
const invalidKey = (error: unknown): Key.InvalidKey => {
  if (error instanceof Key.InvalidKey) return error
  throw error
}

/** The places a command looks at. */
export interface StreamRefs {
  readonly guarded: Boundary.StreamId
  /** The guarded one as it is spelled, under which it is remembered. */
  readonly guardedId: string
  /** Those it only reads, without a guard. */
  readonly unguarded: ReadonlyArray<Boundary.StreamId>
  /** How the latter are cached; without any, there is nothing to cache. */
  readonly readSpec: UnguardedReadSpec | undefined
  /** What a command is part of if its caller does not say: the place. */
  readonly correlationId: string
}

/** What is found out once about the commands of a board. */
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
    /** Fails where the input's words cannot name the places. */
    resolveStreams: (command: Command.Any, input: unknown): Result.Result<StreamRefs, Key.InvalidKey> =>
      Result.try({ try: () => resolveStreams(command, input), catch: invalidKey }),
    /** Fails where the words of a fact cannot name its row in each view that reads it: the view could not take it. */
    checkRowKeys: (events: ReadonlyArray<DomainEvent>): Result.Result<void, Key.InvalidKey> =>
      Result.try({
        try: () =>
          events.forEach((event) => rowKeys.get(event._tag)?.forEach((key) => Key.tokens(key, event as never))),
        catch: invalidKey
      }),
    /** Whether some command reads such an event stream without a guard. */
    isReadUnguarded: ({ boundary }: Boundary.StreamId): boolean => unguardedBoundaryNames.has(boundary),
    /** What an untouched place amounts to for each command that looks nowhere else. */
    initialStates: (boundary: Boundary.Any): ReadonlyArray<readonly [Projection.Any, unknown]> =>
      initialStates.get(boundary)!
  }
}
