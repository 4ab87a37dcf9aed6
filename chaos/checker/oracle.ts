import { isDeepStrictEqual } from "node:util"
import { Board, Boundary, type Command, type Event, Projection } from "#domain/model/index.ts"
import { digest } from "#layers/services/Ids.ts"
import type { Fact, Recorded } from "#layers/services/RecordedEvent.ts"

/** Facts of one command that are not what its rule says on what stood in the log before them. */
export interface Astray {
  readonly facts: ReadonlyArray<Recorded>
  readonly reason: string
}

/** The boundaries whose facts a command looks at: the guarded one first. */
const boundariesOf = (board: Board.Any, { guards, state }: Command.Any): ReadonlyArray<Boundary.Any> => {
  const lanes = Board.laneOf(board)
  const reads: ReadonlyArray<Event.Any> = state.reads
  return [...new Set<Boundary.Any>([guards, ...reads.map(({ identifier }) => lanes.get(identifier)!.boundary)])]
}

/** Runs of neighbours in the log that one command left. */
const runs = function* (log: ReadonlyArray<Recorded>) {
  for (let at = 0; at < log.length;) {
    let end = at + 1
    while (end < log.length && log[end]!.commandId === log[at]!.commandId) end++
    yield log.slice(at, end)
    at = end
  }
}

/** A command's input, out of the facts that it left; its digest stands in each of them and says whether it is that. */
const inputOf = (command: Command.Any, facts: ReadonlyArray<Recorded>): object | undefined => {
  const words: Record<string, unknown> = Object.assign({}, ...facts.map(({ fact }) => fact))
  const names = Object.keys(command.input.fields).filter((name) => name in words)
  const input = Object.fromEntries(names.map((name) => [name, words[name]]))
  return digest([command.name, input]) === facts[0]!.commandHash ? input : undefined
}

/**
 * Reads a log from its beginning and asks of every command in it: is what it left what its own `decide` says on all that
 * stood there before, and does each fact follow the one that its writer saw? Answers with those for which that is not so.
 * `inputs` knows a command's input by its id where the facts do not tell it.
 */
export const oracle = (
  board: Board.Any,
  log: ReadonlyArray<Recorded>,
  inputs: (commandId: string) => object | undefined = () => undefined
): ReadonlyArray<Astray> => {
  const commands = new Map(Board.commands(board).map((command) => [command.name, command]))
  const looksAt = new Map(Array.from(commands.values(), (command) => [command, boundariesOf(board, command)]))
  const places = new Map<string, Array<Fact>>()
  const astray: Array<Astray> = []

  const judge = (facts: ReadonlyArray<Recorded>): string | undefined => {
    const [first] = facts
    const command = commands.get(first!.command)
    if (!command) return `the board has no command ${first!.command}`
    const input = inputs(first!.commandId) ?? inputOf(command, facts)
    if (!input) return `what ${first!.command} was asked cannot be told from its facts`
    const [guarded, ...others] = looksAt
      .get(command)!
      .map((boundary) => Boundary.spell(Boundary.place(boundary, input)))
    if (facts.some(({ place }) => place !== guarded)) return `it wrote outside of ${guarded}`
    const past = places.get(guarded!) ?? []
    const wrong = facts.find(({ index }, n) => index !== past.length + n + 1)
    if (wrong) return `number ${wrong.index} of its place stands behind ${past.length + facts.indexOf(wrong)} others`
    const known = others.flatMap((place) => places.get(place) ?? [])
    const state = Projection.fold(command.state, [...known, ...past])
    const decision: Command.Decision<Fact, Fact> = command.decide(state, input)
    if (!Array.isArray(decision)) return `its rule refuses: ${(decision as Fact)._tag}`
    const left = facts.map(({ fact }) => fact)
    return isDeepStrictEqual(decision, left)
      ? undefined
      : `its rule says ${decision.map(({ _tag }) => _tag).join(", ") || "that there is nothing to do"}`
  }

  for (const facts of runs(log)) {
    const reason = judge(facts)
    if (reason !== undefined) astray.push({ facts, reason })
    for (const { place, fact } of facts) {
      const past = places.get(place)
      if (past) past.push(fact)
      else places.set(place, [fact])
    }
  }
  return astray
}
