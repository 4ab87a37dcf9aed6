import * as Board from "../Board.ts"
import * as Command from "../Command.ts"
import type * as Event from "../Event.ts"
import type * as Projection from "../Projection.ts"
import { emits, type Rule, reads } from "./Rule.ts"

interface Use {
  readonly user: string
  readonly events: ReadonlyArray<Event.Any>
}

const uses = (board: Board.Any): ReadonlyArray<Use> => [
  ...Board.commands(board).flatMap((command) => [
    { user: `The command ${command.name} emits`, events: emits(command) },
    ...Command.reads(command).map(({ read: { projection } }) => ({
      user: `The state ${projection.name} of the command ${command.name} reads`,
      events: reads(projection)
    }))
  ]),
  ...Board.views(board).map(({ shows }) => ({ user: `The read model ${shows.name} reads`, events: reads(shows) })),
  ...Board.automations(board).map(({ name, when }) => ({ user: `The automation ${name} reacts to`, events: when }))
]

const emittedEventsAreInALane: Rule = (board) => {
  const events = new Set(Board.events(board))
  return uses(board).flatMap(({ user, events: used }) =>
    used
      .filter((event) => !events.has(event))
      .map(({ identifier }) => `${user} ${identifier}, which is in no lane of the board: add it to one.`)
  )
}

const everyEventIsEmitted: Rule = (board) => {
  const emitted = new Set(Board.commands(board).flatMap(emits))
  return board.lanes.flatMap(({ events, title }) =>
    events
      .filter((event) => !emitted.has(event))
      .map(
        ({ identifier }) =>
          `No command emits ${identifier}: add the command, or move the event to retired of the lane ${title}, ` +
          "where the log's events of this type stay readable."
      )
  )
}

const evolveMatchesReads: Rule = (board) =>
  [...Board.projections(board), ...Board.views(board).map(({ shows }): Projection.Any => shows)].flatMap(
    (projection) => {
      const read = reads(projection).map(({ identifier }) => identifier)
      const handled = Object.keys(projection.evolve)
      return [
        ...read
          .filter((name) => !handled.includes(name))
          .map((name) => `${projection.name} reads ${name} but has no function for it in evolve: add the function.`),
        ...handled
          .filter((name) => !read.includes(name))
          .map(
            (name) => `${projection.name} has a function for ${name} in evolve but does not read it: add it to reads.`
          ),
        ...read
          .filter((name, n) => read.indexOf(name) < n)
          .map((name) => `${projection.name} reads ${name} twice: once is enough.`)
      ]
    }
  )

/** Rules of events: which commands emit them, and who reads them. */
export const eventRules: ReadonlyArray<Rule> = [emittedEventsAreInALane, everyEventIsEmitted, evolveMatchesReads]
