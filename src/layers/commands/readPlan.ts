import { Result } from "effect"
import { Board, Boundary, type Command, type Event, Key, type Projection } from "#domain/model/index.ts"
import { derive } from "#layers/services/Ids.ts"
import type { Fact } from "#layers/services/RecordedEvent.ts"
import type { Reading } from "./UnguardedReads.ts"

/** Characters that an id of a caller may have (`CallersId`); what is made up here can be sent by a caller, too. */
const longestId = 128

/** What naming a place or a row fails with; anything else that is thrown is a defect. */
const invalidKey = (error: unknown): Key.InvalidKey => {
  if (error instanceof Key.InvalidKey) return error
  throw error
}

/** The places a command looks at. */
export interface Places {
  readonly guarded: Boundary.Place
  /** The guarded one as it is spelled, under which it is remembered. */
  readonly name: string
  /** Those it only reads, without a guard. */
  readonly read: ReadonlyArray<Boundary.Place>
  /** How the latter are cached; without any, there is nothing to cache. */
  readonly reading: Reading | undefined
  /** What a command is part of if its caller does not say: the place. */
  readonly correlationId: string
}

/** What is found out once about the commands of a board. */
export const plansOf = (board: Board.Any) => {
  const lanes = Board.laneOf(board)
  const boundariesOf = ({ state, guards }: Command.Any): ReadonlyArray<Boundary.Any> => {
    const reads: ReadonlyArray<Event.Any> = state.reads
    const all = new Set(reads.map(({ identifier }) => lanes.get(identifier)!.boundary))
    all.delete(guards)
    return [...all]
  }
  const commands = Board.commands(board)
  const read = new Map(commands.map((command) => [command, boundariesOf(command)]))
  const untouched = new Map(
    Array.from(new Set(commands.map(({ guards }) => guards)), (boundary) => [
      boundary,
      commands
        .filter((command) => command.guards === boundary && read.get(command)!.length === 0)
        .map(({ state }) => [state, state.initial] as const)
    ])
  )
  const projections = [...new Set(commands.map(({ state }) => state))]
  const numbers = new Map(projections.map((projection, n) => [projection, n]))
  const readUnguarded = new Set([...read.values()].flat().map(({ name }) => name))

  const readingOf = (projection: Projection.Any, others: ReadonlyArray<Boundary.Place>): Reading => {
    const streams = others.map(Boundary.spell)
    return { projection, streams, key: `${numbers.get(projection)}:${streams.join()}` }
  }

  const placesOf = (command: Command.Any, input: unknown): Places => {
    const others = read.get(command)!.map((boundary) => Boundary.place(boundary, input as never))
    const guarded = Boundary.place(command.guards, input as never)
    const name = Boundary.spell(guarded)
    return {
      guarded,
      name,
      read: others,
      reading: others.length > 0 ? readingOf(command.state, others) : undefined,
      correlationId: guarded.key.length <= longestId ? guarded.key : derive(name)
    }
  }

  const views = Board.views(board)
  const rowKeys = new Map(
    Board.facts(board).map((fact) => [
      fact.identifier,
      views.filter(({ shows }) => shows.reads.includes(fact)).map(({ key }) => key as Key.Key)
    ])
  )

  return {
    /** Fails where the input's words cannot name the places. */
    places: (command: Command.Any, input: unknown): Result.Result<Places, Key.InvalidKey> =>
      Result.try({ try: () => placesOf(command, input), catch: invalidKey }),
    /** Fails where the words of a fact cannot name its row in each view that reads it: the view could not take it. */
    rows: (facts: ReadonlyArray<Fact>): Result.Result<void, Key.InvalidKey> =>
      Result.try({
        try: () => facts.forEach((fact) => rowKeys.get(fact._tag)?.forEach((key) => Key.tokens(key, fact as never))),
        catch: invalidKey
      }),
    /** Whether some command reads such an event stream without a guard. */
    isReadUnguarded: ({ boundary }: Boundary.Place): boolean => readUnguarded.has(boundary),
    /** What an untouched place amounts to for each command that looks nowhere else. */
    untouched: (boundary: Boundary.Any): ReadonlyArray<readonly [Projection.Any, unknown]> => untouched.get(boundary)!
  }
}
