import * as Board from "../Board.ts"
import * as Command from "../Command.ts"
import * as Lane from "../Lane.ts"
import { duplicates, reads, type Rule } from "./Rule.ts"

const useNames: Record<Command.Use, string> = { guards: "guard", checks: "check", trusts: "trusted read" }

const readNamesAreUnique: Rule = (board) =>
  Board.commands(board).flatMap((command) =>
    duplicates(Command.reads(command), ({ name }) => name).map(
      ({ name, use }) =>
        `The command ${command.name} has another read named "${name}" before its ${useNames[use]}: decide receives each by its name, so rename one.`
    )
  )

const readsNameWordsOfTheirBoundary: Rule = (board) =>
  Board.commands(board).flatMap((command) =>
    Command.reads(command).flatMap(({ name, read: { boundary, fields = {} }, use }) =>
      Object.keys(fields)
        .filter((word) => !Object.hasOwn(boundary.key, word))
        .map(
          (word) =>
            `The ${useNames[use]} ${name} of the command ${command.name} names the word ${word}, which the boundary ` +
            `${boundary.name} does not have: its words are ${Object.keys(boundary.key).join(" and ") || "none"}.`
        )
    )
  )

const readsAreFoundInTheirBoundary: Rule = (board) => {
  const lanes = Board.laneOf(board)
  return Board.commands(board).flatMap((command) =>
    Command.reads(command).flatMap(({ name, read: { boundary, projection }, use }) =>
      reads(projection).flatMap(({ identifier }) => {
        const lane = lanes.get(identifier)
        return !lane || Lane.boundaries(lane).includes(boundary)
          ? []
          : [
              `The ${useNames[use]} ${name} of the command ${command.name} reads ${identifier} in the boundary ${boundary.name}, ` +
                `where it is not found: read it in ${lane.boundary.name}, or add ${boundary.name} to also of the lane ${lane.title}.`
            ]
      })
    )
  )
}

/** Rules of what commands read in boundaries. */
export const readRules: ReadonlyArray<Rule> = [
  readNamesAreUnique,
  readsNameWordsOfTheirBoundary,
  readsAreFoundInTheirBoundary
]
