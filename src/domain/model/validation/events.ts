import * as Board from "../Board.ts"
import type * as Event from "../Event.ts"
import { emits, type Law, reads } from "./Rule.ts"

interface Use {
  readonly who: string
  readonly facts: ReadonlyArray<Event.Any>
}

const uses = (board: Board.Any): ReadonlyArray<Use> => [
  ...Board.commands(board).flatMap((command) => [
    { who: `The command ${command.name} emits`, facts: emits(command) },
    { who: `The state ${command.state.name} of the command ${command.name} reads`, facts: reads(command.state) }
  ]),
  ...Board.views(board).map(({ shows }) => ({ who: `The read model ${shows.name} reads`, facts: reads(shows) })),
  ...Board.automations(board).map(({ name, when }) => ({ who: `The automation ${name} reacts to`, facts: when }))
]

const known: Law = (board) => {
  const facts = new Set(Board.facts(board))
  return uses(board).flatMap(({ who, facts: used }) =>
    used
      .filter((fact) => !facts.has(fact))
      .map(({ identifier }) => `${who} ${identifier}, which is in no lane of the board: add it to one.`)
  )
}

const guarded: Law = (board) => {
  const laneOf = Board.laneOf(board)
  return Board.commands(board).flatMap((command) =>
    emits(command).flatMap(({ identifier }) => {
      const lane = laneOf.get(identifier)
      return !lane || lane.boundary === command.guards
        ? []
        : [
            `The command ${command.name} guards ${command.guards.name} but emits ${identifier}, whose lane ` +
              `${lane.title} is guarded by ${lane.boundary.name}: a command changes the one boundary it guards.`
          ]
    })
  )
}

const reachable: Law = (board) => {
  const emitted = new Set(Board.commands(board).flatMap(emits))
  return Board.facts(board)
    .filter((fact) => !emitted.has(fact))
    .map(({ identifier }) => `No command emits ${identifier}: add the command, or take the fact off its lane.`)
}

const evolved: Law = (board) =>
  [...Board.commands(board).map(({ state }) => state), ...Board.views(board).map(({ shows }) => shows)].flatMap(
    (projection) => {
      const read = reads(projection).map(({ identifier }) => identifier)
      const lines = Object.keys(projection.evolve)
      return [
        ...read
          .filter((name) => !lines.includes(name))
          .map((name) => `${projection.name} reads ${name} but has no line for it in evolve: add the line.`),
        ...lines
          .filter((name) => !read.includes(name))
          .map((name) => `${projection.name} has a line for ${name} in evolve but does not read it: add it to reads.`),
        ...read
          .filter((name, n) => read.indexOf(name) < n)
          .map((name) => `${projection.name} reads ${name} twice: once is enough.`)
      ]
    }
  )

/** Facts: where they come from, who may add them, who reads them. */
export const facts: ReadonlyArray<Law> = [known, guarded, reachable, evolved]
