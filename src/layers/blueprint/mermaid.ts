import { Board, type Event } from "#domain/model/index.ts"

const classStyles = {
  actor: "fill:#eceff4,stroke:#8892a0,color:#1b1f24",
  command: "fill:#a5d3f7,stroke:#4a90c2,color:#1b1f24",
  fact: "fill:#f7b26a,stroke:#c97a1f,color:#1b1f24",
  view: "fill:#c6e29a,stroke:#7ba63c,color:#1b1f24"
}

const eventNames = (facts: ReadonlyArray<Event.Any>) => facts.map(({ identifier }) => identifier)

/**
 * A board as a Mermaid flowchart, which README files show as a picture: actors, commands blue, facts orange by lane, read
 * models green, gears; dashed where a command reads facts that it does not guard.
 */
export const mermaid = (board: Board.Any): string => {
  const lanes = Board.laneOf(board)
  const edges = new Set<string>()
  const actors = new Set<string>()
  const actorNode = (name: string) => {
    actors.add(name)
    return `actor${name}`
  }
  for (const slice of board.slices) {
    if (slice._tag === "View") {
      for (const fact of eventNames(slice.shows.reads)) edges.add(`${fact} --> view${slice.shows.name}`)
      edges.add(`view${slice.shows.name} --> ${actorNode(slice.by.actor.name)}`)
      continue
    }
    const command = slice._tag === "Change" ? slice.command : slice.issues
    const from = actorNode(slice._tag === "Change" ? slice.by.actor.name : slice.by.name)
    if (slice._tag === "Automation") for (const fact of eventNames(slice.when)) edges.add(`${fact} --> ${from}`)
    edges.add(`${from} --> ${command.name}`)
    for (const fact of eventNames(command.state.reads)) {
      if (lanes.get(fact)?.boundary !== command.guards) edges.add(`${fact} -.-> ${command.name}`)
    }
    for (const fact of eventNames(command.emits)) edges.add(`${command.name} --> ${fact}`)
  }
  const nodes = [
    ...Array.from(actors, (name) => `actor${name}([${name}]):::actor`),
    ...Board.commands(board).map(({ name }) => `${name}[${name}]:::command`),
    ...Board.views(board).map(({ shows: { name } }) => `view${name}[${name}]:::view`)
  ]
  const subgraphs = board.lanes.flatMap(({ title, events }) => [
    `subgraph ${title}`,
    ...eventNames(events).map((name) => `  ${name}[${name}]:::fact`),
    "end"
  ])
  const styles = Object.entries(classStyles).map(([name, style]) => `classDef ${name} ${style}`)
  return ["flowchart LR", ...[...nodes, ...subgraphs, ...edges, ...styles].map((line) => `  ${line}`)].join("\n")
}
