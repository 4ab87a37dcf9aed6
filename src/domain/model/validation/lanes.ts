import * as Board from "../Board.ts"
import type * as Boundary from "../Boundary.ts"
import { type Law, repeated } from "./Rule.ts"

const boundariesOf = (board: Board.Any): ReadonlyArray<Boundary.Any> => [
  ...new Set([
    ...board.lanes.map(({ boundary }) => boundary),
    ...Board.commands(board).map(({ guards }) => guards as Boundary.Any)
  ])
]

/** What becomes a token of a subject, or the name of a stream or a consumer. */
const tokens: Law = (board) =>
  [
    ["board's name", board.name],
    ...board.lanes.flatMap(({ title, name, prefix }) => [
      [`name of the lane ${title}`, name],
      [`prefix of the lane ${title}`, prefix]
    ]),
    ...boundariesOf(board).map(({ name }) => ["name of a boundary", name]),
    ...Board.automations(board).map(({ name, title }) => [`name of the automation "${title}"`, name])
  ]
    .filter(([, token]) => !/^[A-Za-z0-9_-]{1,64}$/u.test(token!))
    .map(([what, token]) => `The ${what} is "${token}": NATS wants 1 to 64 letters, digits, "-" or "_".`)

const streams: Law = (board) =>
  board.lanes
    .filter(({ name }) => name === board.name || name === "audit" || name === "audit-refused")
    .map(({ name, title }) => `The lane ${title} is named "${name}", a stream that the board has already: rename it.`)

const lanes: Law = ({ lanes }) => [
  ...repeated(lanes, ({ name }) => name).map(
    ({ name, title }) => `Another lane is named "${name}" before ${title}: each is a stream with a name of its own.`
  ),
  ...repeated(lanes, ({ prefix }) => prefix).map(
    ({ prefix, title }) => `Another lane has the prefix "${prefix}" before ${title}: give each its own.`
  )
]

const boundaries: Law = (board) =>
  repeated(boundariesOf(board), ({ name }) => name).map(
    ({ name }) => `Two boundaries are named "${name}": declare it once and use that, or rename one.`
  )

const owners: Law = (board) => {
  const facts = board.lanes.flatMap((lane) => lane.facts.map((fact) => ({ fact, lane })))
  return repeated(facts, ({ fact }) => fact.identifier).map(
    ({ fact, lane }) =>
      `Another lane, or ${lane.title} itself, has ${fact.identifier} before: a fact is in one lane, once.`
  )
}

/** The rows of the wall, and what they guard. */
export const rows: ReadonlyArray<Law> = [tokens, streams, lanes, boundaries, owners]
