import * as Board from "../Board.ts"
import type * as Boundary from "../Boundary.ts"
import * as Command from "../Command.ts"
import * as Generated from "../Generated.ts"
import * as Lane from "../Lane.ts"
import { emits, type Rule } from "./Rule.ts"

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

/** Rules of commands: where their events are stored, and what they make. */
export const commandRules: ReadonlyArray<Rule> = [emitsWithinGuards, commandsHaveEffects, generatedFieldsAcceptIds]
