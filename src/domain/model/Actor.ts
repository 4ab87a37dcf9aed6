/** Someone, or something, that pushes a button or looks at a screen. */
export interface Actor {
  readonly name: string
}

/** Where an actor stands to reach a slice: a screen, and the route behind it. */
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
