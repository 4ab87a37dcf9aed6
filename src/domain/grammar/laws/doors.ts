import * as Board from "../Board.ts"
import { type Law, repeated } from "./Law.ts"

const parameters: Law = ({ slices }) =>
  slices.flatMap((slice) => {
    if (slice._tag === "Automation") return []
    const { path } = slice.by
    const words = slice._tag === "View" ? Object.keys(slice.key) : []
    const inPath = path.split("/").flatMap((part) => (part.startsWith(":") ? [part.slice(1)] : []))
    return [
      ...words
        .filter((word) => !inPath.includes(word))
        .map((word) => `The path ${path} of "${slice.title}" has no :${word}, a word of its key: add it.`),
      ...[...inPath.filter((word) => !words.includes(word)), ...repeated(inPath, (word) => word)].map(
        (word) => `The path ${path} of "${slice.title}" has a :${word} too many: take it out.`
      )
    ]
  })

/** Where the app answers by itself. */
const taken = [
  "/",
  "/assets",
  "/blueprint.json",
  "/blueprint.schema.json",
  "/docs",
  "/events",
  "/facts",
  "/health",
  "/openapi.json",
  "/operations",
  "/views"
]

const own: Law = (board) => {
  const doors = [...Board.changes(board), ...Board.views(board)].map(({ by, title }) => ({ ...by, title }))
  return [
    ...repeated(doors, ({ method, path }) => `${method} ${path.replaceAll(/:[^/]+/gu, ":")}`).map(
      ({ method, path, title }) => `Another slice has the door ${method} ${path} before "${title}": give each its own.`
    ),
    ...doors
      .filter(({ path }) => taken.some((app) => path === app || (app !== "/" && path.startsWith(`${app}/`))))
      .map(({ path, title }) => `The path ${path} of "${title}" is the app's own: choose another.`)
  ]
}

const methods: Law = (board) => [
  ...Board.changes(board).flatMap(({ by: { method }, title }) =>
    method === "PUT" ? [] : [`The door of "${title}" is a ${method}: make it PUT.`]
  ),
  ...Board.views(board).flatMap(({ by: { method }, title }) =>
    method === "GET" ? [] : [`The door of "${title}" is a ${method}: make it GET.`]
  )
]

/** Doors: where somebody stands to reach a slice. */
export const doors: ReadonlyArray<Law> = [parameters, own, methods]
