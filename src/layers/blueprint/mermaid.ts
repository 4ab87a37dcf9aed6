import { Board, Command, type Event, Lane } from "#domain/model/index.ts"

const classStyles = {
  actor: "fill:#eceff4,stroke:#8892a0,color:#1b1f24",
  command: "fill:#a5d3f7,stroke:#4a90c2,color:#1b1f24",
  fact: "fill:#f7b26a,stroke:#c97a1f,color:#1b1f24",
  message: "fill:#e6d5f5,stroke:#9a6fc4,color:#1b1f24",
  view: "fill:#c6e29a,stroke:#7ba63c,color:#1b1f24"
}

const arrows: Partial<Record<Command.Use, string>> = { checks: "==>", trusts: "-.->" }

const eventNames = (events: ReadonlyArray<Event.Any>) => events.map(({ identifier }) => identifier)

/**
 * A board as a Mermaid flowchart, which README files show as a picture: actors and automations, commands in blue, events in
 * orange by lane, messages in violet, read models in green; a thick line where a command checks a boundary, and a dashed one
 * where it trusts one.
 */
export const mermaid = (board: Board.Any): string => {
  const edges = new Set<string>()
  const actors = new Set<string>()
  const actorNode = (name: string) => {
    actors.add(name)
    return `actor${name}`
  }
  for (const slice of board.slices) {
    if (slice._tag === "View") {
      for (const event of eventNames(slice.shows.reads)) edges.add(`${event} --> view${slice.shows.name}`)
      edges.add(`view${slice.shows.name} --> ${actorNode(slice.by.actor.name)}`)
      continue
    }
    const from = actorNode(slice._tag === "Change" ? slice.by.actor.name : slice.by.name)
    if (slice._tag === "Automation") for (const event of eventNames(slice.when)) edges.add(`${event} --> ${from}`)
    if ("sends" in slice) {
      for (const message of eventNames(slice.sends)) edges.add(`${from} --> message${message}`)
      continue
    }
    const command = slice._tag === "Change" ? slice.command : slice.issues
    edges.add(`${from} --> ${command.name}`)
    for (const { read, use } of Command.reads(command)) {
      const arrow = arrows[use]
      if (arrow) for (const event of eventNames(read.projection.reads)) edges.add(`${event} ${arrow} ${command.name}`)
    }
    for (const event of eventNames(command.emits)) edges.add(`${command.name} --> ${event}`)
  }
  const nodes = [
    ...Array.from(actors, (name) => `actor${name}([${name}]):::actor`),
    ...Board.commands(board).map(({ name }) => `${name}[${name}]:::command`),
    ...eventNames(Board.messages(board)).map((name) => `message${name}[/${name}/]:::message`),
    ...Board.views(board).map(({ shows: { name } }) => `view${name}[${name}]:::view`)
  ]
  const subgraphs = board.lanes.flatMap((lane) => [
    `subgraph ${lane.title}`,
    ...eventNames(Lane.eventTypes(lane)).map((name) => `  ${name}[${name}]:::fact`),
    "end"
  ])
  const used = Object.entries(classStyles).filter(([name]) => name !== "message" || Board.messages(board).length > 0)
  const styles = used.map(([name, style]) => `classDef ${name} ${style}`)
  return ["flowchart LR", ...[...nodes, ...subgraphs, ...edges, ...styles].map((line) => `  ${line}`)].join("\n")
}
