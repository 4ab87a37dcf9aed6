/** Someone, or something, that pushes a button or looks at a screen. */
export interface Actor {
  readonly name: string
}

/** Where an actor stands to reach a slice: a screen, and the route behind it. */
export interface Door {
  readonly actor: Actor
  readonly screen: string
  readonly method: "GET" | "PUT"
  readonly path: `/${string}`
}

export const make = (name: string) => {
  const door =
    (method: Door["method"]) =>
    (path: Door["path"], screen: string): Door => ({
      actor: { name },
      screen,
      method,
      path
    })
  return { name, gets: door("GET"), puts: door("PUT") }
}
