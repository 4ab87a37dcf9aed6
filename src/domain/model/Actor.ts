/** A person or a program that sends commands or reads views. */
export interface Actor {
  readonly name: string
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
