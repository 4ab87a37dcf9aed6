import * as Board from "../Board.ts"
import * as Lane from "../Lane.ts"
import { type Rule, duplicates } from "./Rule.ts"

/** Names that become a token of a subject, or the name of a stream or a consumer. */
const tokens: Rule = (board) =>
  [
    ["board's name", board.name],
    ...board.lanes.flatMap(({ title, name, prefix }) => [
      [`name of the lane ${title}`, name],
      [`prefix of the lane ${title}`, prefix]
    ]),
    ...Board.boundaries(board).map(({ name }) => ["name of a boundary", name]),
    ...Board.automations(board).map(({ name, title }) => [`name of the automation "${title}"`, name])
  ]
    .filter(([, token]) => !/^[A-Za-z0-9_-]{1,64}$/u.test(token!))
    .map(([what, token]) => `The ${what} is "${token}": NATS wants 1 to 64 letters, digits, "-" or "_".`)

const reservedStreamNames: Rule = (board) =>
  board.lanes
    .filter(({ name }) => name === board.name || name === "audit" || name === "audit-refused")
    .map(({ name, title }) => `The lane ${title} is named "${name}", a stream that the board has already: rename it.`)

/** First tokens of subjects beside those of the log, which begins with the board's name. */
const reservedBoardNames = new Set(["audit", "cmd", "msg"])

const boardNameIsFree: Rule = ({ name }) =>
  reservedBoardNames.has(name)
    ? [`The board is named "${name}", with which subjects begin that are not the log's: rename it.`]
    : []

const lanes: Rule = ({ lanes }) => [
  ...duplicates(lanes, ({ name }) => name).map(
    ({ name, title }) => `Another lane is named "${name}" before ${title}: each is a stream with a name of its own.`
  ),
  ...duplicates(lanes, ({ prefix }) => prefix).map(
    ({ prefix, title }) => `Another lane has the prefix "${prefix}" before ${title}: give each its own.`
  )
]

const boundaries: Rule = (board) =>
  duplicates(Board.boundaries(board), ({ name }) => name).map(
    ({ name }) => `Two boundaries are named "${name}": declare it once and use that, or rename one.`
  )

const lanesNameBoundariesOnce: Rule = ({ lanes }) =>
  lanes.flatMap((lane) =>
    duplicates(Lane.boundaries(lane), ({ name }) => name).map(
      ({ name }) => `The lane ${lane.title} names the boundary ${name} twice: its own and those in also differ.`
    )
  )

const eventsAreInOneLane: Rule = (board) => {
  const events = board.lanes.flatMap((lane) => Lane.eventTypes(lane).map((event) => ({ event, lane })))
  return duplicates(events, ({ event }) => event.identifier).map(
    ({ event, lane }) =>
      `Another lane, or ${lane.title} itself, has ${event.identifier} before: an event is in one lane, once.`
  )
}

/** Rules of lanes and their boundaries. */
export const laneRules: ReadonlyArray<Rule> = [
  tokens,
  boardNameIsFree,
  reservedStreamNames,
  lanes,
  boundaries,
  lanesNameBoundariesOnce,
  eventsAreInOneLane
]
