import type { Invariant, Replica } from "./Evidence.ts"

const name = "I8"

const line = ({ digest, last, messages, node }: Replica) => `${node}: ${messages} messages up to ${last}, ${digest}`

export const replicas: Invariant = {
  name,
  promise: "every replica of a stream has the same messages",
  check: ({ evidence }) =>
    Array.from(Map.groupBy(evidence.replicas, ({ stream }) => stream)).flatMap(([stream, all]) =>
      new Set(all.map(({ digest, last, messages }) => `${messages} ${last} ${digest}`)).size === 1
        ? []
        : [{ invariant: name, description: `the replicas of ${stream} differ`, excerpt: all.map(line) }]
    )
}
