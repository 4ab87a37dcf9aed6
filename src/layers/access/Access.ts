import { Actor } from "#domain/model/index.ts"

/** The role of who operates a board. It is no actor of the board: it sees everything and sends no commands. */
export const operatorRole = "Operator"

/** Who may use a route: everyone, every authenticated caller, or callers in one of these roles. */
export type Access = "everyone" | "authenticated" | ReadonlyArray<string>

export const operators: Access = [operatorRole]

/** Who may send a command: the actors of its endpoint. */
export const sendersOf = (endpoint: Actor.Endpoint): ReadonlyArray<string> => Actor.namesOf(endpoint)

/** Who may read a view: the actors of its endpoint, and operators. */
export const readersOf = (endpoint: Actor.Endpoint): ReadonlyArray<string> => [...Actor.namesOf(endpoint), operatorRole]
