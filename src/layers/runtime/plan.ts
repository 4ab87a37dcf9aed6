import { Board, Boundary, type Command, type Event, Projection } from "#domain/grammar/index.ts"
import { Schema } from "effect"

/** The places a command looks at. */
export interface Places {
  readonly guarded: Boundary.Place
  /** Those it only reads: what they say never turns false, so no guard is needed. */
  readonly read: ReadonlyArray<Boundary.Place>
  /** The read ones as one name, under which is remembered what they amount to. */
  readonly base: string
}

interface Plan {
  places(input: unknown): Places
  /** The input as its schema writes it, so that equal inputs give equal JSON. */
  encode(input: unknown): unknown
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
  const make = (command: Command.Any): Plan => {
    const boundaries = boundariesOf(command)
    return {
      places: (input) => {
        const read = boundaries.map((boundary) => Boundary.place(boundary, input as never))
        return {
          guarded: Boundary.place(command.guards, input as never),
          read,
          base: `${command.state.name}:${read.map(Boundary.spell).join()}`
        }
      },
      encode: Schema.encodeUnknownSync(Schema.toCodecJson(command.input as Schema.Codec<unknown>))
    }
  }
  const commands = Board.commands(board)
  const plans = new Map(commands.map((command) => [command, make(command)]))
  const untouched = new Map(
    Array.from(new Set(commands.map(({ guards }) => guards)), (boundary) => [
      boundary,
      commands
        .filter((command) => command.guards === boundary && boundariesOf(command).length === 0)
        .map(({ state }) => [state, state.initial] as const)
    ])
  )
  return {
    of: (command: Command.Any): Plan => plans.get(command)!,
    /** What an untouched place amounts to for each command that looks nowhere else. */
    untouched: (boundary: Boundary.Any): ReadonlyArray<readonly [Projection.Any, unknown]> => untouched.get(boundary)!
  }
}
