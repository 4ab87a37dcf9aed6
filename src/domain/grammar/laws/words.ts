import { Schema } from "effect"
import * as Board from "../Board.ts"
import type * as Key from "../Key.ts"
import type { Law } from "./Law.ts"

/** Words that a row has beside its state. */
const stamps = ["updatedAt", "updatedBy", "position"]

const columns: Law = (board) =>
  Board.views(board).flatMap(({ key, shows }) =>
    [...Object.keys(key), ...stamps]
      .filter((word) => word in shows.state.fields)
      .map(
        (word) => `The read model ${shows.name} has a ${word} in its state, and each row has one already: rename it.`
      )
  )

/** What a list of rows is asked for besides the words of its key. */
const ofLists = ["limit", "after", "at"]

const lists: Law = (board) =>
  Board.views(board).flatMap(({ key, shows }) =>
    ofLists
      .filter((word) => word in key)
      .map(
        (word) =>
          `A row of the read model ${shows.name} is named by "${word}", a word of every list of rows: rename it.`
      )
  )

/** None of these is one token of a subject, or it is too long for one, or it is how tokens are joined. */
const noTokens = ["", "*", ">", "a.b", "a b", "a_b", "a\n", "ä", "a".repeat(5_000), 1.5, -1.5, NaN]

const tokens: Law = (board) =>
  [
    ...board.lanes.map(({ boundary }) => ({ whose: `the boundary ${boundary.name}`, key: boundary.key as Key.Key })),
    ...Board.views(board).map(({ key, shows }) => ({ whose: `the read model ${shows.name}`, key: key as Key.Key }))
  ].flatMap(({ key, whose }) =>
    Object.entries(key).flatMap(([word, schema]) => {
      const is = Schema.is(schema as Schema.Codec<unknown>)
      const bad = noTokens.find((token) => is(token) || is({ id: token }))
      return bad === undefined
        ? []
        : [
            `The word ${word} of ${whose} takes ${JSON.stringify(bad).slice(0, 20)}, which is no token of a subject: ` +
              `give it a pattern of letters, digits and "-", and a length.`
          ]
    })
  )

/** Words: what keys are made of, and what else has them. */
export const words: ReadonlyArray<Law> = [columns, lists, tokens]
