import type { Schema } from "effect"
import * as Board from "../Board.ts"
import * as Command from "../Command.ts"
import * as Generated from "../Generated.ts"
import type * as Key from "../Key.ts"
import * as Lane from "../Lane.ts"
import type * as Read from "../Read.ts"
import { keyWords } from "./keyWordRules.ts"
import { type Rule, reads } from "./Rule.ts"

const missingKeyFields = (
  carrier: string,
  fields: Schema.Struct.Fields,
  owner: string,
  key: Key.Key,
  names: Read.Any["fields"] = {}
) =>
  Object.keys(key)
    .map((word) => [word, names[word] ?? word] as const)
    .filter(([word, name]) => !(name in fields) || Generated.schemaOf(fields[name]!) !== key[word])
    .map(([, name]) =>
      name in fields
        ? `${carrier} has a ${name} of another schema than ${owner}: use the same word.`
        : `${carrier} has no ${name}, which is part of the key of ${owner}: add it.`
    )

const eventsCarryKey: Rule = ({ lanes }) =>
  lanes.flatMap((lane) =>
    Lane.boundaries(lane).flatMap(({ key, name }) =>
      Lane.eventTypes(lane).flatMap(({ fields, identifier }) =>
        missingKeyFields(`The event ${identifier}`, fields, `the boundary ${name}`, key)
      )
    )
  )

const inputsCarryKey: Rule = (board) =>
  Board.commands(board).flatMap((command) =>
    Command.reads(command).flatMap(({ read: { boundary, fields } }) =>
      fields === undefined
        ? []
        : missingKeyFields(
            `The input of the command ${command.name}`,
            command.input.fields,
            `the boundary ${boundary.name}`,
            boundary.key,
            fields
          )
    )
  )

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
