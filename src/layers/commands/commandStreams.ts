import { Result } from "effect"
import { Board, Boundary, Command, Key, type Projection, Read } from "#domain/model/index.ts"
import { deriveId } from "#layers/services/Ids.ts"

/** The most characters of an id sent by a caller: derived ids keep to it, so that callers can send them, too. */
const maxIdLength = 128

/** An event stream that a command reads. */
export interface StreamRef {
  readonly id: Boundary.StreamId
  /** The same as text, its key in caches and queues. */
  readonly text: string
  /** Where reads of several uses name the same event stream, the strictest one. */
  readonly use: Command.Use
  readonly projections: ReadonlyArray<Projection.Any>
}

/** How much of an event stream has to be read. Projections that need different parts of it need all of it together. */
export const historyOf = ({ projections }: Pick<StreamRef, "projections">): "all" | "newest" | "snapshots" => {
  const needs = new Set(projections.map(({ history }) => history ?? "all"))
  const [first = "all"] = needs
  return needs.size > 1 ? "all" : first
}

export type StateOf = (stream: StreamRef, projection: Projection.Any) => unknown

/** The event streams of a command with its input, each once. */
export interface CommandStreams {
  /** Those that must not change: the guarded ones, then those that are only checked. */
  readonly expected: ReadonlyArray<StreamRef>
  readonly trusted: ReadonlyArray<StreamRef>
  /** The guarded ones as text. */
  readonly guarded: ReadonlyArray<string>
  /** The first guarded one as text, which names the command in errors and in the audit. */
  readonly first: string
  /**
   * Whether part of a guarded event stream is not read. Then its events do not tell whether the command ran before, so the
   * command is marked in the log.
   */
  readonly isPartlyRead: boolean
  /** The default correlation id. */
  readonly correlationId: string
  /** What `decide` receives, from the state of each event stream. */
  readonly states: (stateOf: StateOf) => Record<string, unknown>
}

/** The error of a key that names no event stream or row; anything else that is thrown is a defect. */
export const invalidKey = (error: unknown): Key.InvalidKey => {
  if (error instanceof Key.InvalidKey) return error
  throw error
}

const uses: ReadonlyArray<Command.Use> = ["guards", "checks", "trusts"]

/** Adds the event streams of a read to those of the reads before it, which are of the same use or a stricter one. */
const addStreams = (
  streams: Map<string, StreamRef>,
  { read: { projection }, use }: Command.NamedRead,
  ids: ReadonlyArray<Boundary.StreamId>
): ReadonlyArray<string> =>
  ids.map((id) => {
    const text = Boundary.format(id)
    const known = streams.get(text)
    if (!known) streams.set(text, { id, text, use, projections: [projection] })
    else if (!known.projections.includes(projection))
      streams.set(text, { ...known, projections: [...known.projections, projection] })
    return text
  })

const resolve = (reads: ReadonlyArray<Command.NamedRead>, input: unknown): CommandStreams => {
  const streams = new Map<string, StreamRef>()
  const textsByRead = reads.map((each) => addStreams(streams, each, Read.streamIds(each.read, input)))
  const all = [...streams.values()]
  const guarded = all.filter(({ use }) => use === "guards")
  const [first] = guarded
  if (first === undefined) {
    const field = reads.find(({ use }) => use === "guards")?.name ?? uses[0]!
    throw new Key.InvalidKey({ field, reason: "Expected at least one element, since the command guards nothing else" })
  }
  return {
    expected: all.filter(({ use }) => use !== "trusts"),
    trusted: all.filter(({ use }) => use === "trusts"),
    guarded: guarded.map(({ text }) => text),
    first: first.text,
    isPartlyRead: guarded.some((stream) => historyOf(stream) !== "all"),
    correlationId: first.id.key.length <= maxIdLength ? first.id.key : deriveId(first.text),
    states: (stateOf) =>
      Object.fromEntries(
        reads.map(({ name, read }, n) => [
          name,
          Read.stateOf(
            read,
            input,
            textsByRead[n]!.map((text) => stateOf(streams.get(text)!, read.projection))
          )
        ])
      )
  }
}

/** Finds the event streams of a board's commands. Fails if the input's values cannot name them. */
export const commandStreams = (board: Board.Any) => {
  const reads = new Map(Board.commands(board).map((command) => [command, Command.reads(command)]))
  return (command: Command.Any, input: unknown): Result.Result<CommandStreams, Key.InvalidKey> =>
    Result.try({ try: () => resolve(reads.get(command)!, input), catch: invalidKey })
}

/** The states of an empty event stream, for all projections that commands read in its boundary. */
export const initialStates = (board: Board.Any) => {
  const byBoundary = Map.groupBy(
    Board.commands(board).flatMap((command) => Command.reads(command).map(({ read }) => read)),
    ({ boundary }) => boundary.name
  )
  const states = new Map(
    Array.from(byBoundary, ([name, reads]) => [
      name,
      new Map(reads.map(({ projection }) => [projection, projection.initial] as const))
    ])
  )
  return ({ boundary }: Boundary.StreamId): ReadonlyMap<Projection.Any, unknown> => states.get(boundary)!
}
