/** A person or a program that sends commands or reads views. */
export interface Actor {
  readonly name: string
}

/** Who sends a command: an actor of the board, and what is known about the person or program in this role. */
export interface Identity {
  /** The actor's name on the board. */
  readonly name: string
  /** What is proved about the caller, such as `{ client: "7" }`; empty without authentication. */
  readonly claims: Readonly<Record<string, string>>
}

/** How an actor reaches a slice: a screen, and the HTTP route behind it. */
export interface Endpoint {
  readonly actor: Actor
  readonly screen: string
  readonly method: "GET" | "PUT"
  readonly path: `/${string}`
}

export const make = (name: string) => {
  const endpoint =
    (method: Endpoint["method"]) =>
    (path: Endpoint["path"], screen: string): Endpoint => ({
      actor: { name },
      screen,
      method,
      path
    })
  return { name, gets: endpoint("GET"), puts: endpoint("PUT") }
}
