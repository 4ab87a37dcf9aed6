import { Board } from "#domain/model/index.ts"
import { operatorRole } from "./Access.ts"

/** A role of a board, and what its callers prove besides it. */
export interface BoardRole {
  readonly name: string
  readonly claims: ReadonlyArray<string>
}

/** The roles of a board: those of its actors with an endpoint, and of its operators. */
export const boardRoles = (board: Board.Any): ReadonlyArray<BoardRole> => {
  const endpoints = [...Board.commandSlices(board), ...Board.views(board)].map(({ by }) => by)
  const actors = endpoints.flatMap(({ actor, also = [] }) => [actor, ...also])
  const byName = new Map(actors.map(({ claims = [], name }) => [name, { name, claims }]))
  return [...byName.values(), { name: operatorRole, claims: [] }]
}
