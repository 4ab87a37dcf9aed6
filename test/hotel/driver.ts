import { Arbitrary, Context, Effect, Layer, Predicate, Result, Schema } from "effect"
import { Board, Boundary, Command, Decide, type Event, Lane, Read } from "#domain/model/index.ts"
import { Night } from "#domain/values.ts"
import { hotelBooking } from "#features/hotel-booking/index.ts"
import * as Execute from "#layers/commands/commandHandler.ts"
import * as Commands from "#layers/commands/Commands.ts"
import { contextOf } from "#layers/commands/decider.ts"
import type { Receipt } from "#layers/commands/Receipt.ts"
import { DeadLetters } from "#layers/deadLetters/DeadLetters.ts"
import { MemoryLog } from "#layers/memory/MemoryLog.ts"
import * as Memory from "#layers/memory/memoryServices.ts"
import { EventLog } from "#layers/services/EventLog.ts"
import { Ids } from "#layers/services/Ids.ts"
import { type DomainEvent, isOriginal, type RecordedEvent } from "#layers/services/RecordedEvent.ts"
import * as Views from "#layers/views/Views.ts"

/** The last two nights that can be booked, and one that is over: a stay may end too late, and so may a change come. */
export const nights = ["2099-12-30", "2099-12-31", "2022-12-12"].map((night) => Night.make(night))

/** A time between these nights. */
const between = "2030-01-01T00:00:00.000Z"

const upTo = (maximum: number, minimum = 1) => Schema.Int.check(Schema.isBetween({ minimum, maximum }))

/** The commands of the hotel; those that depend on several types of events come up twice as often. */
const commandNames = Board.commands(hotelBooking).flatMap((command): ReadonlyArray<string> => {
  const types = Command.reads(command).flatMap(({ read }) => read.projection.reads as ReadonlyArray<Event.Any>)
  return types.length > 1 ? [command.name, command.name] : [command.name]
})

/** What happens to a booking one after the other. Random commands alone seldom come as far. */
const courses: Readonly<Record<string, ReadonlyArray<string>>> = {
  stay: ["BookRoom", "ScheduleCleaning", "CleanRoom", "CheckIn"],
  cancellation: ["BookRoom", "ScheduleCleaning", "CancelBooking", "CallOffCleaning"],
  move: ["BookStay", "MoveBooking", "ScheduleCleaning"]
}
/** Courses that leave the night free come up more often: others fill the hotel. */
const courseNames = ["stay", "cancellation", "cancellation", "cancellation", "move", "move", "move"]

const Step = Schema.Struct({
  /** The name of a command or of a course. */
  command: Schema.Literals([...commandNames, ...courseNames]),
  room: upTo(3),
  client: upTo(3),
  night: upTo(3),
  newRoom: upTo(3),
  nights: upTo(3),
  /** As which client the caller is signed in; 0: as none. */
  signedInAs: Schema.Literals([0, 0, 0, 0, 0, 0, 0, 0, 1, 2, 3]),
  /** How many steps before is the command that is repeated under its old id; 0: a new command. */
  again: Schema.Literals([0, 0, 0, 0, 1, 2, 9]),
  /** Whether the other process gets the same command right after, with an id of its own. */
  raced: Schema.Literals([true, false]),
  /** Which of two processes executes the command. */
  process: Schema.Literals([0, 1])
})

/** A hotel and its commands. A small hotel has long event streams. */
export const anyDay = Arbitrary.all({
  rooms: Arbitrary.schema(upTo(3)),
  /** How many of them are added before anything else, one after the other. */
  added: Arbitrary.schema(upTo(3, 0)),
  clients: Arbitrary.schema(upTo(3)),
  nights: Arbitrary.schema(upTo(3, 2)),
  /** How many event streams a process caches. */
  maxCachedStreams: Arbitrary.schema(Schema.Literals([1, 2, 50_000])),
  steps: Arbitrary.array(Arbitrary.schema(Step), { minLength: 1, maxLength: 60 })
})
export type Day = typeof anyDay extends Arbitrary.Arbitrary<infer A> ? A : never

export interface RequestedCommand {
  readonly commandId: string
  readonly command: Command.Any
  readonly input: object
  readonly actor: string
  readonly claims: Readonly<Record<string, string>>
  readonly process: number
}

/** The commands of a day, in order, on this board. */
export const requestsOn = (board: Board.Any, day: Day): ReadonlyArray<RequestedCommand> => {
  const commands = new Map(Board.commands(board).map((command) => [command.name, command]))
  const requests: Array<RequestedCommand> = []
  const adding = {
    command: "AddRoom",
    client: 1,
    night: 1,
    newRoom: 1,
    nights: 1,
    signedInAs: 0,
    again: 0,
    raced: false,
    process: 0
  }
  const first = Array.from({ length: Math.min(day.added, day.rooms) }, (_, room) => ({ ...adding, room }))
  for (const { again, process, raced, ...step } of [...first, ...day.steps]) {
    const old = again > 0 ? requests.at(-again) : undefined
    const date = nights[step.night % day.nights]!
    const fields = {
      room: { id: 1 + (step.room % day.rooms) },
      newRoom: { id: 1 + (step.newRoom % day.rooms) },
      client: { id: 1 + (step.client % day.clients) },
      date,
      firstNight: date,
      nights: step.nights
    }
    const claims = step.signedInAs === 0 ? {} : { client: String(1 + (step.signedInAs % day.clients)) }
    for (const [n, name] of (courses[step.command] ?? [step.command]).entries()) {
      const command = commands.get(name)!
      const input = Object.fromEntries(Object.entries(fields).filter(([field]) => field in command.input.fields))
      const missing = Object.keys(command.input.fields).filter((field) => !(field in fields))
      if (missing.length > 0) throw new Error(`${name} has inputs that are not generated here yet: ${missing}`)
      const commandId = `command-${requests.length}`
      const fresh = { commandId, command, input, actor: `actor of ${name}`, claims, process: (process + n) % 2 }
      requests.push(old && n === 0 ? { ...old, process } : fresh)
      if (raced) requests.push({ ...fresh, commandId: `command-${requests.length}`, process: 1 - fresh.process })
    }
  }
  return requests
}

/** The events of a log that a command decides on: each once. */
export const eventsReadBy = (
  board: Board.Any,
  { command, input }: Pick<RequestedCommand, "command" | "input">,
  log: ReadonlyArray<RecordedEvent>
): ReadonlyArray<DomainEvent> => {
  const streamIds = new Set(
    Command.reads(command).flatMap(({ read }) => Read.streamIds(read, input).map(Boundary.format))
  )
  const lanes = Board.laneOf(board)
  const isRead = ({ event }: RecordedEvent) =>
    Lane.streamIds(lanes.get(event._tag)!, event).some((streamId) => streamIds.has(Boundary.format(streamId)))
  return log.filter((each) => isOriginal(each) && isRead(each)).map(({ event }) => event)
}

/** The oracle: what the command's own `decide` returns for a log. `time` is when the command was decided: ISO 8601. */
export const oracleDecision = (
  board: Board.Any,
  { actor, claims, command, commandId, input }: RequestedCommand,
  log: ReadonlyArray<RecordedEvent>,
  time = between
): ReadonlyArray<DomainEvent> | DomainEvent => {
  const context = contextOf({ actor, commandId, time }, claims, { secret: (name) => name })
  return Decide.decideAfter(board)(command, input, eventsReadBy(board, { command, input }, log), context)
}

export interface Answer extends RequestedCommand {
  readonly receipt?: Receipt
  readonly rejection?: DomainEvent
  /** How many events the log had when the command was sent, and when it was answered. */
  readonly from: number
  readonly to: number
}

export interface DayResult {
  readonly log: ReadonlyArray<RecordedEvent>
  readonly answers: ReadonlyArray<Answer>
  readonly views: Views.Views["Service"]
}

/** A log that sometimes yields before and after a call. */
const interleavingLog = Layer.effect(
  EventLog,
  Effect.gen(function* () {
    const log = yield* EventLog
    let turn = 0
    const yieldSometimes = Effect.suspend(() =>
      Effect.replicateEffect(Effect.yieldNow, (turn = (turn * 7 + 3) % 5), { discard: true })
    )
    return {
      ...log,
      read: (streamId) => Effect.andThen(yieldSometimes, log.read(streamId)).pipe(Effect.tap(yieldSometimes)),
      readAll: (streamIds) => Effect.andThen(yieldSometimes, log.readAll(streamIds)).pipe(Effect.tap(yieldSometimes)),
      append: (...args) => Effect.andThen(yieldSometimes, log.append(...args)).pipe(Effect.tap(yieldSometimes))
    }
  })
)

/** The same, and counts version conflicts. */
export const countingConflicts = () => {
  let conflicts = 0
  const counting = Layer.effect(
    EventLog,
    Effect.map(EventLog, (log) => ({
      ...log,
      append: (...args) =>
        log.append(...args).pipe(Effect.tapErrorTag("VersionConflict", () => Effect.sync(() => conflicts++)))
    }))
  )
  return { conflicts: () => conflicts, log: Layer.provide(counting, interleavingLog) }
}

/** A log that does not check the expected version. */
export const withoutVersionCheck = Layer.effect(
  EventLog,
  Effect.map(EventLog, (log) => ({
    ...log,
    append: (expected, events, metadata) =>
      Effect.flatMap(Effect.orDie(log.readAll(expected.map(({ streamId }) => streamId))), (versions) =>
        log.append(
          expected.map(({ streamId }, n) => ({ streamId, version: versions[n]! })),
          events,
          metadata
        )
      )
  }))
)

export interface RunOptions {
  readonly concurrency?: number
  readonly log?: typeof interleavingLog
}

/** Runs a day on a log of its own, with two processes that each have a cache. */
export const runDay = (board: Board.Any, day: Day, { concurrency = 1, log = interleavingLog }: RunOptions = {}) => {
  const services = Layer.provideMerge(log, Memory.layer(board))
  const process = Layer.build(Layer.fresh(Execute.layer(board, { maxCachedStreams: day.maxCachedStreams }))).pipe(
    Effect.map((context) => Context.get(context, Commands.Commands))
  )
  return Effect.gen(function* () {
    const { events } = yield* MemoryLog
    const processes = [yield* process, yield* process]
    const execute = Effect.fnUntraced(function* (request: RequestedCommand) {
      const from = events.length
      const { actor, claims, command, commandId, input, process } = request
      const answer = yield* Effect.result(processes[process]!.execute(command, input, { actor, claims, commandId }))
      const span = { ...request, from, to: events.length }
      if (Result.isSuccess(answer)) return { ...span, receipt: answer.success }
      if (Predicate.isTagged(answer.failure, "Refused")) return { ...span, rejection: answer.failure.rejection }
      return yield* Effect.die(answer.failure)
    })
    const requests = requestsOn(board, day)
    const added = Math.min(day.added, day.rooms)
    const answers = [
      ...(yield* Effect.forEach(requests.slice(0, added), execute)),
      ...(yield* Effect.forEach(requests.slice(added), execute, { concurrency }))
    ]
    return { log: events, answers, views: yield* Views.Views } as DayResult
  }).pipe(
    Effect.provide(
      Layer.fresh(
        Views.layer(board).pipe(
          Layer.provide(DeadLetters.layer),
          Layer.provideMerge(services),
          Layer.provideMerge(Ids.layer)
        )
      )
    )
  )
}
