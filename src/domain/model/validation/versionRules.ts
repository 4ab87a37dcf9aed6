import * as Board from "../Board.ts"
import * as Event from "../Event.ts"
import * as Lane from "../Lane.ts"
import { emits, type Rule } from "./Rule.ts"

const retiredIsNotEmitted: Rule = (board) =>
  board.lanes.flatMap(({ retired = [], title }) =>
    retired.flatMap((event) =>
      Board.commands(board)
        .filter((command) => emits(command).includes(event))
        .map(
          ({ name }) =>
            `The command ${name} emits ${event.identifier}, which the lane ${title} has retired: move it back to events.`
        )
    )
  )

/** The versions of a type follow each other from 1, so that each that the log may have is declared. */
const versionsFollow: Rule = (board) =>
  Array.from(
    Map.groupBy(
      board.lanes.flatMap((lane) => Lane.storedShapes(lane).map((shape) => ({ shape, lane }))),
      ({ shape }) => shape.identifier
    )
  ).flatMap(([type, all]) => {
    const versions = all.map(({ shape }) => Event.version(shape))
    const newest = Math.max(...versions)
    const twice = versions.filter((version, n) => versions.indexOf(version) < n)
    const missing = Array.from({ length: newest }, (_, n) => n + 1).filter((version) => !versions.includes(version))
    const { lane } = all[0]!
    const current = Lane.eventTypes(lane).find(({ identifier }) => identifier === type)
    return [
      ...twice.map(
        (version) =>
          `Two shapes of ${type} are version ${version}: annotate the newer one with { version: ${newest + 1} }.`
      ),
      ...missing.map(
        (version) =>
          `${type} has version ${newest}, but nothing reads version ${version}: ` +
          `keep its shape, and declare it with Event.older in older of the lane ${lane.title}.`
      ),
      ...(current && Event.version(current) < newest
        ? [
            `${type} has version ${Event.version(current)}, and an older shape has version ${newest}: give ${type} the highest version.`
          ]
        : [])
    ]
  })

/** Rules of what the log may have: retired events, and each version of the others. */
export const versionRules: ReadonlyArray<Rule> = [retiredIsNotEmitted, versionsFollow]
