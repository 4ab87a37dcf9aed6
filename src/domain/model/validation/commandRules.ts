import * as Board from "../Board.ts"
import type * as Boundary from "../Boundary.ts"
import * as Command from "../Command.ts"
import * as Generated from "../Generated.ts"
import * as Lane from "../Lane.ts"
import { duplicates, emits, reads, type Rule } from "./Rule.ts"

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

const namesOf = (boundaries: ReadonlyArray<Boundary.Any>) => boundaries.map(({ name }) => name).join(" and ")

const emitsWithinGuards: Rule = (board) => {
  const lanes = Board.laneOf(board)
  return Board.commands(board).flatMap((command) => {
    const guarded = new Set(
      Command.reads(command).flatMap(({ read, use }): ReadonlyArray<Boundary.Any> =>
        use === "guards" ? [read.boundary] : []
      )
    )
    return emits(command).flatMap(({ identifier }) => {
      const lane = lanes.get(identifier)
      const boundaries = lane ? Lane.boundaries(lane) : []
      const unguarded = boundaries.filter((boundary) => !guarded.has(boundary))
      return unguarded.length === 0
        ? []
        : [
            `The command ${command.name} emits ${identifier}, which is found in ${namesOf(boundaries)}, ` +
              `but guards ${namesOf([...guarded]) || "nothing"}: guard ${namesOf(unguarded)} too.`
          ]
    })
  })
}

const generatedFieldsAcceptIds: Rule = (board) =>
  Board.commands(board).flatMap((command) =>
    Generated.violations(command.input.fields).map(
      (field) =>
        `The generated field ${field} of the command ${command.name} does not accept a UUID: ` +
        "make it text of 36 characters, or an entity whose id is that."
    )
  )

const commandsHaveEffects: Rule = (board) =>
  Board.commands(board)
    .filter((command) => emits(command).length === 0 && Object.keys(command.guards).length === 0)
    .map(
      ({ name }) =>
        `The command ${name} guards nothing and emits nothing: let it emit an event, and guard each boundary of that event.`
    )

/** Rules of commands: what they read, and where their events are stored. */
export const commandRules: ReadonlyArray<Rule> = [
  readNamesAreUnique,
  readsNameWordsOfTheirBoundary,
  readsAreFoundInTheirBoundary,
  emitsWithinGuards,
  commandsHaveEffects,
  generatedFieldsAcceptIds
]
