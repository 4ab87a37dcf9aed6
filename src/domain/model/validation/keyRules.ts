import type { Schema } from "effect"
import * as Board from "../Board.ts"
import type * as Boundary from "../Boundary.ts"
import type * as Key from "../Key.ts"
import { keyWords } from "./keyWordRules.ts"
import { type Rule, reads } from "./Rule.ts"

const missingKeyFields = (carrier: string, fields: Schema.Struct.Fields, owner: string, key: Key.Key) =>
  Object.keys(key)
    .filter((word) => fields[word] !== key[word])
    .map((word) =>
      word in fields
        ? `${carrier} has a ${word} of another schema than ${owner}: use the same word.`
        : `${carrier} has no ${word}, which is part of the key of ${owner}: add it.`
    )

const eventsCarryKey: Rule = ({ lanes }) =>
  lanes.flatMap(({ boundary, events }) =>
    events.flatMap(({ fields, identifier }) =>
      missingKeyFields(`The event ${identifier}`, fields, `the boundary ${boundary.name}`, boundary.key)
    )
  )

const inputsCarryKey: Rule = (board) => {
  const laneOf = Board.laneOf(board)
  return Board.commands(board).flatMap(({ guards, input, name, state }) => {
    const read = reads(state).flatMap(({ identifier }) => laneOf.get(identifier)?.boundary ?? [])
    return [...new Set<Boundary.Any>([guards, ...read])].flatMap((boundary) =>
      missingKeyFields(`The input of the command ${name}`, input.fields, `the boundary ${boundary.name}`, boundary.key)
    )
  })
}

const rowEventsCarryKey: Rule = (board) =>
  Board.views(board).flatMap(({ key, shows }) =>
    reads(shows).flatMap(({ fields, identifier }) =>
      missingKeyFields(`The event ${identifier}`, fields, `a row of the read model ${shows.name}`, key)
    )
  )

/** Fields that a row has beside its key and state. */
const stamps = ["updatedAt", "updatedBy", "position"]

const rowColumnsAreUnique: Rule = (board) =>
  Board.views(board).flatMap(({ key, shows }) =>
    [...Object.keys(key), ...stamps]
      .filter((word) => word in shows.state.fields)
      .map(
        (word) => `The read model ${shows.name} has a ${word} in its state, and each row has one already: rename it.`
      )
  )

/** Rules of keys: the words that name event streams and rows, and the schemas that must carry them. */
export const keyRules: ReadonlyArray<Rule> = [
  eventsCarryKey,
  inputsCarryKey,
  rowEventsCarryKey,
  rowColumnsAreUnique,
  keyWords
]
