import * as Board from "../Board.ts"
import { type Rule, duplicates } from "./Rule.ts"

const parameters: Rule = ({ slices }) =>
  slices.flatMap((slice) => {
    if (slice._tag === "Automation") return []
    const { path } = slice.by
    const words = slice._tag === "View" ? Object.keys(slice.key) : []
    const inPath = path.split("/").flatMap((part) => (part.startsWith(":") ? [part.slice(1)] : []))
    return [
      ...words
        .filter((word) => !inPath.includes(word))
        .map((word) => `The path ${path} of "${slice.title}" has no :${word}, a word of its key: add it.`),
      ...[...inPath.filter((word) => !words.includes(word)), ...duplicates(inPath, (word) => word)].map(
        (word) => `The path ${path} of "${slice.title}" has a :${word} too many: remove it.`
      )
    ]
  })

/** Paths of the app's own API. */
const reservedPaths =
  /^\/(?:(?:assets|channels|docs|events|facts|health|live|metrics|operations|schemas|search|session|sign-in|streams|views)(?:\/|$)|(?:asyncapi|blueprint|blueprint\.schema|openapi)\.json$|$)/u

const endpoints: Rule = (board) => {
  const endpoints = [...Board.commandSlices(board), ...Board.views(board)].map(({ by, title }) => ({ ...by, title }))
  return [
    ...duplicates(endpoints, ({ method, path }) => `${method} ${path.replaceAll(/:[^/]+/gu, ":")}`).map(
      ({ method, path, title }) =>
        `Another slice has the endpoint ${method} ${path} before "${title}": give each its own.`
    ),
    ...endpoints
      .filter(({ path }) => reservedPaths.test(path))
      .map(({ path, title }) => `The path ${path} of "${title}" is the app's own: choose another.`)
  ]
}

const methods: Rule = (board) => [
  ...Board.commandSlices(board).flatMap(({ by: { method }, title }) =>
    method === "PUT" ? [] : [`The endpoint of "${title}" is a ${method}: make it PUT.`]
  ),
  ...Board.views(board).flatMap(({ by: { method }, title }) =>
    method === "GET" ? [] : [`The endpoint of "${title}" is a ${method}: make it GET.`]
  )
]

/** A role that every board has, for who operates it. */
const operator = "Operator"

const roles: Rule = (board) => [
  ...[...Board.commandSlices(board), ...Board.views(board)].flatMap(({ by: { actor, also = [] }, title }) =>
    [actor, ...also].some(({ name }) => name === operator)
      ? [`An actor of "${title}" is named ${operator}, as is the role of who operates the app: choose another name.`]
      : []
  ),
  ...Board.views(board).flatMap(({ by: { may }, title }) =>
    may ? [`The endpoint of "${title}" has a \`may\`, which compares an input: give the view a \`sees\`.`] : []
  )
]

/** Rules of endpoints: paths, methods and who uses them. */
export const endpointRules: ReadonlyArray<Rule> = [parameters, endpoints, methods, roles]
