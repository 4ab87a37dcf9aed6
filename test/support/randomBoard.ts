import { Schema } from "effect"
import {
  Actor,
  type Board,
  Boundary,
  type Command,
  type Event,
  Lane,
  type Projection,
  Read,
  Slice
} from "#domain/model/index.ts"
import type { DomainEvent } from "#layers/services/RecordedEvent.ts"

// Random boards: boundaries, lanes that are found in several of them, and commands that guard, check and trust them. What a
// command saw of each is in its events and its rejection, so that a decision on a wrong state is visible.

export const Word = Schema.Literals(["x", "y"])
const upTo = (maximum: number) => Schema.Int.check(Schema.isBetween({ minimum: 0, maximum }))
const someOf = (maximum: number, most: number) => Schema.Array(upTo(maximum)).check(Schema.isMaxLength(most))

const LaneSpec = Schema.Struct({ boundary: upTo(3), also: someOf(3, 3) })
const CommandSpec = Schema.Struct({
  emits: Schema.Array(upTo(3)).check(Schema.isMinLength(1), Schema.isMaxLength(2)),
  /** Boundaries that are guarded for no event. */
  guards: someOf(3, 1),
  checks: someOf(3, 3),
  trusts: someOf(3, 3),
  /** Boundaries of which it reads two instances, one of which is the input's. */
  each: someOf(3, 2)
})

export const BoardSpec = Schema.Struct({
  boundaries: Schema.Array(upTo(3)).check(Schema.isMinLength(1), Schema.isMaxLength(4)),
  lanes: Schema.Array(LaneSpec).check(Schema.isMinLength(1), Schema.isMaxLength(4)),
  commands: Schema.Array(CommandSpec).check(Schema.isMinLength(1), Schema.isMaxLength(4))
})

interface Input {
  readonly a: typeof Word.Type
  readonly b: typeof Word.Type
}

const keys = [{ a: Word }, { b: Word }, { a: Word, b: Word }, {}]
const fields = { a: Word, b: Word, saw: Schema.String, trusted: Schema.String }
const event = (name: string) => class extends Schema.TaggedClass<any>()(name, fields) {} as unknown as Event.Any
export class Rejected extends Schema.TaggedClass<Rejected>()("Rejected", {
  saw: Schema.String,
  trusted: Schema.String
}) {}

const pick = <A>(list: ReadonlyArray<A>, indexes: ReadonlyArray<number>): ReadonlyArray<A> => [
  ...new Set(indexes.map((n) => list[n % list.length]!))
]

/** The newest events of a boundary, by the last characters of their names. */
const projectionOf = (name: string, lanes: ReadonlyArray<Lane.Any>, boundary: Boundary.Any): Projection.Any => {
  const reads = lanes.filter((lane) => Lane.boundaries(lane).includes(boundary)).flatMap(({ events }) => events)
  const evolve = ({ identifier }: Event.Any) => [identifier, (saw: string) => saw.slice(-10) + identifier.slice(-2)]
  return { name, reads, state: Schema.String as never, initial: "", evolve: Object.fromEntries(reads.map(evolve)) }
}

const other = (word: typeof Word.Type) => (word === "x" ? "y" : "x")

const readOf = (projection: never, boundary: Boundary.Any, isMany: boolean): Read.Any =>
  isMany
    ? Read.each(projection, boundary, ({ a, b }: Input) => [
        { a, b },
        { a: other(a), b }
      ])
    : Read.one(projection, boundary)

const textOf = (states: Record<string, unknown>, names: ReadonlyArray<string>) =>
  JSON.stringify(names.map((name) => states[name]))

const commandOf = (
  { checks, each, emits, guards, trusts }: typeof CommandSpec.Type,
  n: number,
  boundaries: ReadonlyArray<Boundary.Any>,
  lanes: ReadonlyArray<Lane.Any>
): Command.Any => {
  const emitting = pick(lanes, emits)
  const many = pick(boundaries, each)
  const guarded = new Set([...emitting.flatMap(Lane.boundaries), ...pick(boundaries, guards)])
  const readsOf = (use: string, of: Iterable<Boundary.Any>) =>
    Object.fromEntries(
      Array.from(of, (boundary) => {
        const name = `${use}-${boundary.name}`
        return [name, readOf(projectionOf(`${name}-${n}`, lanes, boundary) as never, boundary, many.includes(boundary))]
      })
    )
  const reads = {
    guards: readsOf("guard", guarded),
    checks: readsOf("check", pick(boundaries, checks)),
    trusts: readsOf("trust", pick(boundaries, trusts))
  }
  const names = [...Object.keys(reads.guards), ...Object.keys(reads.checks)]
  return {
    name: `Command${n}`,
    input: Schema.Struct({ a: Word, b: Word }),
    ...reads,
    emits: emitting.flatMap(({ events }) => events),
    rejects: [Rejected],
    decide: (states: Record<string, unknown>, input: Input) => {
      const saw = textOf(states, names)
      const trusted = textOf(states, Object.keys(reads.trusts))
      const sum = Array.from(saw).reduce((total, char) => total + char.charCodeAt(0), 0)
      if (sum % 4 === 3) return new Rejected({ saw, trusted })
      // In turn from the last lane and from the first, so that events and copies mix in an event stream.
      return (sum % 2 ? emitting : emitting.toReversed()).map(({ events }) => {
        const Own = events[sum % 2] as unknown as new (fields: object) => DomainEvent
        return new Own({ ...input, saw, trusted })
      })
    }
  } as unknown as Command.Any
}

let boards = 0

/** The board of a spec, under a name of its own. */
export const boardOf = (spec: typeof BoardSpec.Type): Board.Any => {
  const name = `random${boards++}`
  const boundaries = spec.boundaries.map((key, n) => Boundary.make({ name: `b${n}`, key: keys[key]! }) as Boundary.Any)
  const lanes = spec.lanes.map(({ also, boundary }, n): Lane.Any => {
    const own = boundaries[boundary % boundaries.length]!
    const further = pick(boundaries, also).filter((each) => each !== own)
    return {
      title: `Lane ${n}`,
      name: `${name}-lane${n}`,
      prefix: `lane${n}`,
      boundary: own,
      also: further,
      events: [event(`First${n}`), event(`Other${n}`)],
      retention: { maxBytes: "4 MiB" }
    }
  })
  const commands = spec.commands.map((each, n) => commandOf(each, n, boundaries, lanes))
  return {
    name,
    title: "Random",
    lanes,
    log: { maxBytes: "16 MiB" },
    audit: { maxBytes: "4 MiB" },
    slices: commands.map((command) =>
      Slice.command({
        title: command.name,
        rules: [],
        by: Actor.make("Anybody").puts(`/${command.name}`, command.name),
        command,
        scenarios: {}
      })
    )
  }
}
