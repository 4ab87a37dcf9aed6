import { assert, it } from "@effect/vitest"
import { Context, Effect, Layer, Option, Predicate, Schema } from "effect"
import { TestClock } from "effect/testing"
import {
  Actor,
  Board,
  Boundary,
  type Command,
  type Event,
  Lane,
  type Projection,
  Read,
  Slice
} from "#domain/model/index.ts"
import * as CommandHandler from "#layers/commands/commandHandler.ts"
import { Commands } from "#layers/commands/Commands.ts"
import { maxAgeMillis } from "#layers/commands/StateCache.ts"
import * as Memory from "#layers/memory/memoryServices.ts"
import { EventLog } from "#layers/services/EventLog.ts"
import { Ids } from "#layers/services/Ids.ts"
import type { DomainEvent, RecordedEvent } from "#layers/services/RecordedEvent.ts"

const Id = Schema.Literals(["x", "y"])
const fields = { a: Id, b: Id, saw: Schema.String }

const event = (name: string) => class extends Schema.TaggedClass<any>()(name, fields) {} as unknown as Event.Any

/** Three boundaries with two events each; the key of the third has the fields of the other two. */
const boundaries = [{ a: Id }, { b: Id }, { a: Id, b: Id }].map((key, n) => ({
  boundary: Boundary.make({ name: `boundary-${n}`, key }),
  events: [event(`First${n}`), event(`Second${n}`)] as const
}))
const allEvents = boundaries.flatMap((each) => each.events)

class Rejected extends Schema.TaggedClass<Rejected>()("Rejected", { saw: Schema.String }) {}

const CommandSpec = Schema.Struct({
  guards: Schema.Literals([0, 1, 2]),
  reads: Schema.Array(Schema.Literals([0, 1, 2, 3, 4, 5])).check(Schema.isMinLength(1), Schema.isMaxLength(6))
})

/** A state that contains what it read of one boundary. */
const stateOf = (name: string, read: ReadonlyArray<Event.Any>): Projection.Any => ({
  name,
  reads: read,
  state: Schema.String as never,
  initial: "",
  evolve: Object.fromEntries(
    read.map(({ identifier }) => [identifier, (saw: string) => `${saw.slice(-30)}${identifier}`])
  )
})

/** A command whose events or rejection contain the states on which it was decided. What it does not guard, it trusts. */
const commandOf = ({ guards, reads }: typeof CommandSpec.Type, n: number) => {
  const readsOf = (at: number, boundary: (typeof boundaries)[number]) => {
    const events = boundary.events.filter((event) => reads.some((each) => allEvents[each] === event))
    const read: Read.Any = Read.one(stateOf(`State${n}In${at}`, events) as never, boundary.boundary as Boundary.Any)
    return read
  }
  const all = boundaries.map((boundary, at) => [`state${at}`, readsOf(at, boundary)] as const)
  const own = boundaries[guards]!.events
  return {
    name: `Command${n}`,
    input: Schema.Struct({ a: Id, b: Id }),
    guards: Object.fromEntries(all.filter((_, at) => at === guards)),
    trusts: Object.fromEntries(all.filter(([, { projection }], at) => at !== guards && projection.reads.length > 0)),
    emits: own,
    rejects: [Rejected],
    decide: (states: Record<string, string>, input: object) => {
      const saw = Object.keys(states)
        .sort()
        .map((name) => states[name])
        .join("|")
      const sum = Array.from(saw).reduce((total, char) => total + char.charCodeAt(0), 0)
      const Own = own[sum % 2] as unknown as new (fields: object) => DomainEvent
      return sum % 5 === 3 ? new Rejected({ saw }) : [new Own({ ...input, saw })]
    }
  } as unknown as Command.Any
}

const boardOf = (commands: ReadonlyArray<Command.Any>): Board.Any => ({
  name: "random",
  title: "Random",
  lanes: boundaries.map(({ boundary, events }, n) =>
    Lane.make({
      title: `Lane ${n}`,
      name: `lane-${n}`,
      prefix: `lane${n}`,
      boundary: boundary as Boundary.Any,
      events: events as never,
      retention: { maxBytes: "1 MiB" }
    })
  ),
  slices: commands.map((command) =>
    Slice.command({
      title: command.name,
      rules: [],
      by: Actor.make("Anybody").puts(`/${command.name}`, command.name),
      command,
      scenarios: {}
    })
  ),
  log: { maxBytes: "1 MiB" },
  audit: { maxBytes: "1 MiB" }
})

const Step = Schema.Struct({
  command: Schema.Literals([0, 1, 2, 3]),
  a: Id,
  b: Id,
  by: Schema.Literals(["here", "here", "here", "there"])
})

/** A process that caches at most `maxCachedStreams` event streams and as many unguarded reads. */
const processOf = (board: Board.Any, maxCachedStreams: number) =>
  Effect.map(
    Layer.build(Layer.fresh(CommandHandler.layer(board, { maxCachedStreams })).pipe(Layer.provide(Ids.layer))),
    (context) => Context.get(context, Commands)
  )

let accepted = 0

it.effect.prop(
  "a decision from the cache equals the decision from the log, on any board",
  [
    Schema.Array(CommandSpec).check(Schema.isMinLength(1), Schema.isMaxLength(4)),
    Schema.Array(Step).check(Schema.isMinLength(5), Schema.isMaxLength(60)),
    Schema.Literals([1, 2, 3, 1_000])
  ],
  ([specs, steps, maxCachedStreams]) => {
    const commands = specs.map(commandOf)
    const board = boardOf(commands)
    return Effect.gen(function* () {
      const [here, there] = [yield* processOf(board, maxCachedStreams), yield* processOf(board, maxCachedStreams)]
      for (const { a, b, by, command } of steps) {
        const request = [commands[command % commands.length]!, { a, b }] as const
        const fromLog = yield* here.dryRun(...request, { actor: "anybody" })
        if (by === "there") {
          yield* Effect.ignore(there.execute(...request, { actor: "anybody" }))
          // An append of another process to a stream that is read unguarded is visible after that time.
          yield* TestClock.adjust(maxAgeMillis + 1)
          continue
        }
        const outcome = yield* here
          .execute(...request, { actor: "anybody" })
          .pipe(Effect.catchTag("Refused", ({ rejection }) => Effect.succeed(rejection)))
        if (Predicate.isTagged(outcome, "Rejected")) {
          assert.deepStrictEqual<unknown>(outcome, fromLog)
          continue
        }
        accepted++
        assert.isArray(fromLog, "accepted although the decision from the log is a rejection")
        const stored = yield* Effect.flatMap(EventLog, (log) => log.readAt(outcome.seq))
        assert.deepStrictEqual<unknown>(
          Option.toArray(stored).map((read) => (read as RecordedEvent).event),
          fromLog
        )
      }
    }).pipe(Effect.provide(Memory.layer(board)), Effect.scoped)
  },
  { arbitrary: { runs: 150, size: 60 }, timeout: 60_000 }
)

it("the generated commands are often accepted", () => assert.isAbove(accepted, 200))
