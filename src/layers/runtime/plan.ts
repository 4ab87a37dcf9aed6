import { Board, Boundary, type Command, type Event, type Projection } from "#domain/grammar/index.ts"
import type { Reading } from "./UnguardedReads.ts"

/** The places a command looks at. */
export interface Places {
  readonly guarded: Boundary.Place
  /** The guarded one as it is spelled, under which it is remembered. */
  readonly name: string
  /** Those it only reads, without a guard. */
  readonly read: ReadonlyArray<Boundary.Place>
  /** How the latter are cached; without any, there is nothing to cache. */
  readonly reading: Reading | undefined
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

  return {
    places: (command: Command.Any, input: unknown): Places => {
      const others = read.get(command)!.map((boundary) => Boundary.place(boundary, input as never))
      const guarded = Boundary.place(command.guards, input as never)
      return {
        guarded,
        name: Boundary.spell(guarded),
        read: others,
        reading: others.length > 0 ? readingOf(command.state, others) : undefined
      }
    },
    /** Whether some command reads such an event stream without a guard. */
    isReadUnguarded: ({ boundary }: Boundary.Place): boolean => readUnguarded.has(boundary),
    /** What an untouched place amounts to for each command that looks nowhere else. */
    untouched: (boundary: Boundary.Any): ReadonlyArray<readonly [Projection.Any, unknown]> => untouched.get(boundary)!
  }
}
