import * as Board from "../Board.ts"
import * as Name from "../Name.ts"
import { type Law, refuses, repeated } from "./Rule.ts"

/** Every post-it that has a name of its own. One that stands in several places counts once; a refusal may be shared. */
const postIts = (board: Board.Any) => {
  const commands = Board.commands(board)
  const all = [
    ...Board.facts(board).map((fact) => ({ post: fact as object, name: fact.identifier, kind: "fact" })),
    ...commands.map((command) => ({ post: command, name: command.name, kind: "command" })),
    ...Board.views(board).map(({ shows }) => ({ post: shows, name: shows.name as string, kind: "read model" })),
    ...commands.flatMap(refuses).map((post) => ({ post, name: post.identifier, kind: "refusal" }))
  ]
  return [...new Map(all.map((postIt) => [postIt.post, postIt])).values()]
}

const pascal: Law = (board) =>
  postIts(board)
    .filter(({ name }) => !/^[A-Z][A-Za-z0-9]*$/u.test(name))
    .map(({ kind, name }) => `The ${kind} "${name}" is not in PascalCase: write it as RoomBooked is written.`)

const once: Law = (board) =>
  [...Map.groupBy(postIts(board), ({ name }) => Name.kebab(name))]
    .filter(([, same]) => same.length > 1)
    .map(([token, same]) => {
      const who = same.map(({ kind, name }) => `the ${kind} ${name}`).join(" and ")
      return `More than one thing is written "${token}": ${who}. Give each a name of its own.`
    })

const tagged: Law = (board) =>
  [...Board.facts(board), ...Board.commands(board).flatMap(refuses)].flatMap(({ fields, identifier }) => {
    const tag = (fields["_tag"] as { readonly schema?: { readonly literal?: unknown } } | undefined)?.schema?.literal
    return tag === identifier ? [] : [`${identifier} has the tag "${String(tag)}": let its tag be its name.`]
  })

const refusals: Law = (board) =>
  Board.commands(board).flatMap((command) =>
    repeated(refuses(command), ({ identifier }) => identifier).map(
      ({ identifier }) => `The command ${command.name} lists the refusal ${identifier} twice: once is enough.`
    )
  )

const automations: Law = (board) =>
  repeated(Board.automations(board), ({ name }) => Name.kebab(name)).map(
    ({ name, title }) => `Another automation is named "${name}" before "${title}": give each a name of its own.`
  )

/** What a list of rows is asked for besides the words of its key. */
const ofLists = ["limit", "after", "at", "next"]

const lists: Law = (board) =>
  Board.views(board).flatMap(({ key, shows }) =>
    ofLists
      .filter((word) => word in key)
      .map(
        (word) =>
          `A row of the read model ${shows.name} is named by "${word}", a word of every list of rows: rename it.`
      )
  )

/** One name per post-it, end to end. */
export const names: ReadonlyArray<Law> = [pascal, once, tagged, refusals, automations, lists]
