import type { Schema } from "effect"
import * as Board from "../Board.ts"
import type * as Boundary from "../Boundary.ts"
import type * as Key from "../Key.ts"
import { keyWords } from "./keyWordRules.ts"
import { type Rule, reads } from "./Rule.ts"

const missingKeyFields = (who: string, fields: Schema.Struct.Fields, whose: string, key: Key.Key) =>
  Object.keys(key)
    .filter((word) => fields[word] !== key[word])
    .map((word) =>
      word in fields
        ? `${who} has a ${word} of another schema than ${whose}: use the same word.`
        : `${who} has no ${word}, by which ${whose} is named: add it.`
    )

const eventsCarryKey: Rule = ({ lanes }) =>
  lanes.flatMap(({ boundary, events }) =>
    events.flatMap(({ fields, identifier }) =>
      missingKeyFields(`The fact ${identifier}`, fields, `the boundary ${boundary.name}`, boundary.key)
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
      missingKeyFields(`The fact ${identifier}`, fields, `a row of the read model ${shows.name}`, key)
    )
  )

/** Words that a row has beside its state. */
const stamps = ["updatedAt", "updatedBy", "position"]

const rowColumnsAreUnique: Rule = (board) =>
  Board.views(board).flatMap(({ key, shows }) =>
    [...Object.keys(key), ...stamps]
      .filter((word) => word in shows.state.fields)
      .map(
        (word) => `The read model ${shows.name} has a ${word} in its state, and each row has one already: rename it.`
      )
  )

/** Keys: the words by which places and rows are named, and all that must carry them. */
export const keyRules: ReadonlyArray<Rule> = [
  eventsCarryKey,
  inputsCarryKey,
  rowEventsCarryKey,
  rowColumnsAreUnique,
  keyWords
]
