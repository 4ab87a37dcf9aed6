/** A person or a program that sends commands or reads views. */
export interface Actor {
  readonly name: string
  /** What a caller in this role proves besides the role, such as the number of a client. */
  readonly claims?: ReadonlyArray<string>
}

/** Who sends a command: an actor of the board, and what is known about the person or program in this role. */
export interface Identity {
  /** The actor's name on the board. */
  readonly name: string
  /** What is proved about the caller, such as `{ client: "7" }`; empty without authentication. */
  readonly claims: Readonly<Record<string, string>>
}

/** Who uses an endpoint besides its actor, and for what. */
export interface Permissions {
  /** Other actors who may use it, too, such as staff who act for a guest. */
  readonly also?: ReadonlyArray<Actor>
  /**
   * Whether an authenticated caller may send this input. Pure, and without a state: what depends on a state, such as who
   * booked a night, is a rule of `decide`.
   */
  readonly may?: (caller: Identity, input: any) => boolean
}

/** How an actor reaches a slice: a screen, and the HTTP route behind it. */
export interface Endpoint extends Permissions {
  readonly actor: Actor
  readonly screen: string
  readonly method: "GET" | "PUT"
  readonly path: `/${string}`
}

export const make = (name: string, options: Pick<Actor, "claims"> = {}) => {
  const actor = { name, ...options }
  const endpoint =
    (method: Endpoint["method"]) =>
    (path: Endpoint["path"], screen: string, permissions: Permissions = {}): Endpoint => ({
      actor,
      screen,
      method,
      path,
      ...permissions
    })
  return { ...actor, gets: endpoint("GET"), puts: endpoint("PUT") }
}

/** The names of the actors who use an endpoint, its own first. */
export const namesOf = ({ actor, also = [] }: Endpoint): ReadonlyArray<string> =>
  [actor, ...also].map(({ name }) => name)
