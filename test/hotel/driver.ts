import { Arbitrary, Context, Effect, Layer, Predicate, Result, Schema } from "effect"
import { Board, Boundary, type Command, type Event, Projection } from "#domain/model/index.ts"
import { Night } from "#domain/values.ts"
import * as Execute from "#layers/commands/commandHandler.ts"
import * as Commands from "#layers/commands/Commands.ts"
import type { Receipt } from "#layers/commands/Receipt.ts"
import { Parking } from "#layers/deadLetters/DeadLetters.ts"
import { MemoryLog } from "#layers/memory/EventLogMemory.ts"
import * as Memory from "#layers/memory/memoryServices.ts"
import { EventLog } from "#layers/services/EventLog.ts"
import { Ids } from "#layers/services/Ids.ts"
import type { Fact, Recorded } from "#layers/services/RecordedEvent.ts"
import * as Views from "#layers/views/Views.ts"

export const nights = ["2022-12-30", "2022-12-31", "2023-01-01"].map((night) => Night.make(night))

const upTo = (maximum: number, minimum = 1) => Schema.Int.check(Schema.isBetween({ minimum, maximum }))

const Step = Schema.Struct({
  command: Schema.Literals(["AddRoom", "BookRoom", "BookRoom", "ScheduleCleaning", "CleanRoom", "CheckIn", "CheckIn"]),
  room: upTo(3),
  client: upTo(3),
  night: upTo(3),
  /** The command some steps before comes once more, under its old id; 0 for most. */
  again: Schema.Literals([0, 0, 0, 0, 1, 2, 9]),
  /** In which of two processes. */
  process: Schema.Literals([0, 1])
})

/** A hotel and what is asked of it. Small hotels have long histories in each place. */
export const anyDay = Arbitrary.all({
  rooms: Arbitrary.schema(upTo(3)),
  clients: Arbitrary.schema(upTo(3)),
  nights: Arbitrary.schema(upTo(3, 2)),
  /** How many places a process remembers. */
  remembers: Arbitrary.schema(Schema.Literals([1, 2, 50_000])),
  steps: Arbitrary.array(Arbitrary.schema(Step), { minLength: 1, maxLength: 80 })
})
export type Day = typeof anyDay extends Arbitrary.Arbitrary<infer A> ? A : never

export interface Asked {
  readonly commandId: string
  readonly command: Command.Any
  readonly input: object
  readonly actor: string
  readonly process: number
}

/** What is asked, in order, of the commands of this board. */
export const askedOn = (board: Board.Any, day: Day): ReadonlyArray<Asked> => {
  const commands = new Map(Board.commands(board).map((command) => [command.name, command]))
  const asked: Array<Asked> = []
  for (const { again, process, ...step } of day.steps) {
    const old = again > 0 ? asked.at(-again) : undefined
    const words = {
      room: { id: 1 + (step.room % day.rooms) },
      client: { id: 1 + (step.client % day.clients) },
      date: nights[step.night % day.nights]!
    }
    const command = commands.get(step.command)!
    const input = Object.fromEntries(Object.entries(words).filter(([name]) => name in command.input.fields))
    const commandId = `command-${asked.length}`
    asked.push(old ? { ...old, process } : { commandId, command, input, actor: `actor of ${step.command}`, process })
  }
  return asked
}

/** The facts of a log that a command decides on. */
export const past = (
  board: Board.Any,
  { command, input }: Asked,
  log: ReadonlyArray<Recorded>
): ReadonlyArray<Fact> => {
  const lanes = Board.laneOf(board)
  const reads: ReadonlyArray<Event.Any> = command.state.reads
  const boundaries = new Set([command.guards, ...reads.map(({ identifier }) => lanes.get(identifier)!.boundary)])
  const places = new Set([...boundaries].map((boundary) => Boundary.spell(Boundary.place(boundary, input))))
  return log.filter(({ place }) => places.has(place)).map(({ fact }) => fact)
}

/** What the command's own rule says on a log: the oracle. */
export const decided = (board: Board.Any, asked: Asked, log: ReadonlyArray<Recorded>) =>
  asked.command.decide(Projection.fold(asked.command.state, past(board, asked, log)), asked.input) as
    | ReadonlyArray<Fact>
    | Fact

export interface Answer extends Asked {
  readonly receipt?: Receipt
  readonly refusal?: Fact
  /** How many facts the log had when it was asked, and when it was answered. */
  readonly from: number
  readonly to: number
}

export interface Lived {
  readonly log: ReadonlyArray<Recorded>
  readonly answers: ReadonlyArray<Answer>
  readonly views: Views.Views["Service"]
}

/** A log that lets others go first now and then, before and after it does what it is asked. */
const crowded = Layer.effect(
  EventLog,
  Effect.gen(function* () {
    const log = yield* EventLog
    let turn = 0
    const wait = Effect.suspend(() =>
      Effect.replicateEffect(Effect.yieldNow, (turn = (turn * 7 + 3) % 5), { discard: true })
    )
    return {
      ...log,
      read: (place) => Effect.andThen(wait, log.read(place)).pipe(Effect.tap(wait)),
      append: (...args) => Effect.andThen(wait, log.append(...args)).pipe(Effect.tap(wait))
    }
  })
)

/** The same, and how many came too late there. */
export const countingConflicts = () => {
  let conflicts = 0
  const counting = Layer.effect(
    EventLog,
    Effect.map(EventLog, (log) => ({
      ...log,
      append: (...args) =>
        log.append(...args).pipe(Effect.tapErrorTag("Conflict", () => Effect.sync(() => conflicts++)))
    }))
  )
  return { conflicts: () => conflicts, log: Layer.provide(counting, crowded) }
}

/** A log that forgot its one promise. */
export const unguarded = Layer.effect(
  EventLog,
  Effect.map(EventLog, (log) => ({
    ...log,
    append: (place, _, facts, origin) =>
      Effect.flatMap(Effect.orDie(log.read(place)), (stand) => log.append(place, stand, facts, origin))
  }))
)

export interface Circumstances {
  readonly concurrency?: number
  readonly log?: typeof crowded
}

/** Lives through a day on a log of its own, with two processes that each remember what they saw. */
export const live = (board: Board.Any, day: Day, { concurrency = 1, log = crowded }: Circumstances = {}) => {
  const services = Layer.provideMerge(log, Memory.layer(board))
  const process = Layer.build(Layer.fresh(Execute.layer(board, { remembers: day.remembers }))).pipe(
    Effect.map((context) => Context.get(context, Commands.Commands))
  )
  return Effect.gen(function* () {
    const { facts } = yield* MemoryLog
    const processes = [yield* process, yield* process]
    const answers = yield* Effect.forEach(
      askedOn(board, day),
      Effect.fnUntraced(function* (asked) {
        const from = facts.length
        const { actor, command, commandId, input } = asked
        const answer = yield* Effect.result(processes[asked.process]!.execute(command, input, { actor, commandId }))
        const span = { ...asked, from, to: facts.length }
        if (Result.isSuccess(answer)) return { ...span, receipt: answer.success }
        if (Predicate.isTagged(answer.failure, "Refused")) return { ...span, refusal: answer.failure.refusal }
        return yield* Effect.die(answer.failure)
      }),
      { concurrency }
    )
    return { log: facts, answers, views: yield* Views.Views } as Lived
  }).pipe(
    Effect.provide(
      Layer.fresh(
        Views.layer(board).pipe(
          Layer.provide(Parking.layer),
          Layer.provideMerge(services),
          Layer.provideMerge(Ids.layer)
        )
      )
    )
  )
}
