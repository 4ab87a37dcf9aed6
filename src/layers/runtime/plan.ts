import { Board, Boundary, type Command, type Event, type Projection } from "#domain/grammar/index.ts"

/** The places a command looks at. */
export interface Places {
  readonly guarded: Boundary.Place
  /** The guarded one as it is spelled, under which it is remembered. */
  readonly name: string
  /** Those it only reads: what they say never turns false, so no guard is needed. */
  readonly read: ReadonlyArray<Boundary.Place>
  /** The read ones as one name, under which is remembered what they amount to. */
  readonly base: string
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
  return {
    places: (command: Command.Any, input: unknown): Places => {
      const others = read.get(command)!.map((boundary) => Boundary.place(boundary, input as never))
      const guarded = Boundary.place(command.guards, input as never)
      return {
        guarded,
        name: Boundary.spell(guarded),
        read: others,
        base: `${command.state.name}:${others.map(Boundary.spell).join()}`
      }
    },
    /** What an untouched place amounts to for each command that looks nowhere else. */
    untouched: (boundary: Boundary.Any): ReadonlyArray<readonly [Projection.Any, unknown]> => untouched.get(boundary)!
  }
}
