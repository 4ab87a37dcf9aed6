import * as Board from "../Board.ts"
import * as Name from "../Name.ts"
import { type Rule, rejects, duplicates } from "./Rule.ts"

/** Every named element of the board. An element that is used several times counts once; commands may share a rejection. */
const namedElements = (board: Board.Any) => {
  const commands = Board.commands(board)
  const events = new Set(Board.events(board).map(({ identifier }) => identifier))
  const earlierNames = [...Board.laneOf(board).keys()].filter((name) => !events.has(name))
  const all = [
    ...Board.events(board).map((event) => ({ element: event as object, name: event.identifier, kind: "event" })),
    // Older shapes of an event have its name, or one that it had: each name once.
    ...earlierNames.map((name) => ({ element: { name }, name, kind: "older event" })),
    ...commands.map((command) => ({ element: command, name: command.name, kind: "command" })),
    ...Board.views(board).map(({ shows }) => ({ element: shows, name: shows.name as string, kind: "read model" })),
    ...commands.flatMap(rejects).map((element) => ({ element, name: element.identifier, kind: "rejection" })),
    ...Board.messages(board).map((element) => ({ element, name: element.identifier, kind: "message" }))
  ]
  return [...new Map(all.map((element) => [element.element, element])).values()]
}

const namesArePascalCase: Rule = (board) =>
  namedElements(board)
    .filter(({ name }) => !/^[A-Z][A-Za-z0-9]*$/u.test(name))
    .map(({ kind, name }) => `The ${kind} "${name}" is not in PascalCase: write it as RoomBooked is written.`)

const namesAreUnique: Rule = (board) =>
  [...Map.groupBy(namedElements(board), ({ name }) => Name.kebab(name))]
    .filter(([, same]) => same.length > 1)
    .map(([token, same]) => {
      const elements = same.map(({ kind, name }) => `the ${kind} ${name}`).join(" and ")
      return `More than one element is written "${token}": ${elements}. Give each a name of its own.`
    })

const tagsMatchNames: Rule = (board) =>
  [...Board.storedShapes(board), ...Board.commands(board).flatMap(rejects), ...Board.messages(board)].flatMap(
    ({ fields, identifier }) => {
      const tag = (fields["_tag"] as { readonly schema?: { readonly literal?: unknown } } | undefined)?.schema?.literal
      return tag === identifier ? [] : [`${identifier} has the tag "${String(tag)}": let its tag be its name.`]
    }
  )

const rejectionsAreUnique: Rule = (board) =>
  Board.commands(board).flatMap((command) =>
    duplicates(rejects(command), ({ identifier }) => identifier).map(
      ({ identifier }) => `The command ${command.name} lists the rejection ${identifier} twice: once is enough.`
    )
  )

const automationsAreUnique: Rule = (board) =>
  duplicates(Board.automations(board), ({ name }) => Name.kebab(name)).map(
    ({ name, title }) => `Another automation is named "${name}" before "${title}": give each a name of its own.`
  )

/** Query parameters of a list of rows besides the words of its key. */
const listParameters = ["limit", "after", "at", "next"]

const keysAvoidListParameters: Rule = (board) =>
  Board.views(board).flatMap(({ key, shows }) =>
    listParameters
      .filter((word) => word in key)
      .map(
        (word) =>
          `A row of the read model ${shows.name} is named by "${word}", a word of every list of rows: rename it.`
      )
  )

/** Rules of names: one name for each element, in code, subjects and paths. */
export const nameRules: ReadonlyArray<Rule> = [
  namesArePascalCase,
  namesAreUnique,
  tagsMatchNames,
  rejectionsAreUnique,
  automationsAreUnique,
  keysAvoidListParameters
]
