import { Effect, Random } from "effect"
import type { App } from "../apps.ts"
import type { History, Outcome } from "../history.ts"
import {
  randomCommand,
  privateNight,
  contestedNight,
  type RoomNight,
  type HotelCommand,
  rooms,
  stayCommands
} from "./hotelCommands.ts"
import { readRow, send } from "./httpCalls.ts"

const isDefinite = ({ is }: Outcome) => is === "done" || is === "refused"

/** The number of old commands kept to be sent again. */
const maxKnownCommands = 2_000

export interface Options {
  readonly apps: ReadonlyArray<App>
  readonly history: History
  readonly seed: number
  /** Commands per second of all workers together. */
  readonly rate: number
  readonly workers: number
}

/** Clients of the hotel's API. Each command has an id, and is sent until it has a definite answer. */
export class Load {
  readonly #options: Options
  readonly #known: Array<{ readonly key: string } & HotelCommand> = []
  #keys = 0
  #hot = 0
  #cold = 0
  #stopped = false
  #givenUp = false
  /** The number of commands without a definite answer yet. */
  pending = 0
  commands = 0
  calls = 0
  lastAnswer = 0
  maxStallMillis = 0
  readonly outcomes: Record<string, number> = {}

  constructor(options: Options) {
    this.#options = options
  }

  #recordOutcome(outcome: Outcome) {
    this.calls++
    this.outcomes[outcome.is] = (this.outcomes[outcome.is] ?? 0) + 1
    if (!isDefinite(outcome)) return
    const now = this.#options.history.now()
    this.maxStallMillis = Math.max(this.maxStallMillis, now - this.lastAnswer)
    this.lastAnswer = now
  }

  /** Uninterruptible: a command that was sent may be executed, so its call must be in the history. */
  readonly #sendOnce = Effect.fnUntraced(function* (
    this: Load,
    command: { readonly key: string } & HotelCommand,
    app: App
  ) {
    const { history } = this.#options
    const [t, requestedAt] = [history.now(), Date.now()]
    const outcome = yield* Effect.promise(() => send(app.url, command))
    const [until, answeredAt] = [history.now(), Date.now()]
    const { key } = command
    history.write({ type: "call", t, until, requestedAt, answeredAt, key, app: app.name, outcome })
    this.#recordOutcome(outcome)
    return outcome
  }, Effect.uninterruptible)

  /** Sends a command to the apps in turn until it has a definite answer, or until the load gives up. */
  readonly #sendUntilDefinite = Effect.fnUntraced(
    function* (this: Load, command: { readonly key: string } & HotelCommand) {
      const { apps } = this.#options
      this.pending++
      for (let turn = yield* Random.nextIntBetween(0, apps.length - 1); ; turn++) {
        const outcome: Outcome = yield* this.#sendOnce(command, apps[turn % apps.length]!)
        if (isDefinite(outcome) || this.#givenUp) return outcome
        yield* Effect.sleep(yield* Random.nextIntBetween(100, 600))
      }
    },
    Effect.ensuring(Effect.sync(() => this.pending--))
  )

  /** Sends a new command with an id of its own, until it has a definite answer. */
  readonly request = Effect.fnUntraced(function* (this: Load, command: HotelCommand) {
    const { history, seed } = this.#options
    const request = { key: `chaos-${seed}-${++this.#keys}`, ...command }
    this.commands++
    this.#known[this.#keys % maxKnownCommands] = request
    history.write({ type: "ask", t: history.now(), ...request })
    return yield* this.#sendUntilDefinite(request)
  }, Effect.uninterruptible)

  /** Sends an earlier command again. */
  readonly resend = Effect.fnUntraced(function* (this: Load) {
    const known = this.#known.filter(Boolean)
    if (known.length === 0) return
    yield* this.#sendUntilDefinite(known[yield* Random.nextIntBetween(0, known.length - 1)]!)
  })

  /** Sends a new command to all apps at once with one id. */
  readonly #sendTwice = Effect.fnUntraced(function* (this: Load, command: HotelCommand) {
    const { apps, history, seed } = this.#options
    const request = { key: `chaos-${seed}-${++this.#keys}`, ...command }
    this.commands++
    history.write({ type: "ask", t: history.now(), ...request })
    yield* Effect.forEach(apps, (app) => this.#sendOnce(request, app), { concurrency: "unbounded" })
    yield* this.#sendUntilDefinite(request)
  })

  readonly #readRow = Effect.fnUntraced(function* (this: Load, { room, date }: RoomNight, after: number) {
    const { apps, history } = this.#options
    const app = apps[yield* Random.nextIntBetween(0, apps.length - 1)]!
    const t = history.now()
    const path = `/rooms/${room.id}/nights/${date}`
    const outcome = yield* Effect.promise(() => readRow(app.url, path, after))
    history.write({ type: "look", t, until: history.now(), app: app.name, path, after, outcome })
  })

  /** A room-night that no command has used. */
  readonly unusedNight = (): RoomNight => privateNight(this.#cold++)

  /** One step of a worker. */
  readonly #doSomething = Effect.fnUntraced(function* (this: Load) {
    const roll = yield* Random.next
    if (roll < 0.03) return yield* this.resend()
    if (roll < 0.6) {
      const night = contestedNight(Math.floor(this.#hot++ / 12) + (yield* Random.nextIntBetween(0, 5)))
      const command = yield* randomCommand(night)
      return roll < 0.05 ? yield* this.#sendTwice(command) : yield* this.request(command)
    }
    const night = this.unusedNight()
    const client = { id: yield* Random.nextIntBetween(1, 1000) }
    for (const command of stayCommands(night, client)) {
      const outcome: Outcome = yield* this.request(command)
      const seq = outcome.is === "done" ? outcome.seq : 0
      if (seq > 0 && (yield* Random.next) < 0.2) yield* this.#readRow(night, seq)
      if (this.#stopped) return
      yield* this.#pause()
    }
  })

  readonly #pause = Effect.fnUntraced(function* (this: Load) {
    const { rate, workers } = this.#options
    yield* Effect.sleep(((yield* Random.next) * 2 * workers * 1000) / rate)
  })

  readonly #work = Effect.fnUntraced(function* (this: Load) {
    while (!this.#stopped) {
      yield* this.#doSomething()
      yield* this.#pause()
    }
  })

  /** Adds the rooms, then runs all workers until `stop`. Ends when each command has its answer or was given up. */
  readonly run = Effect.fnUntraced(function* (this: Load) {
    const { seed, workers } = this.#options
    yield* Effect.forEach(rooms, (id) => this.request({ command: "AddRoom", input: { room: { id } } }), {
      concurrency: 8,
      discard: true
    })
    yield* Effect.forEach(
      Array.from({ length: workers }, (_, n) => n),
      (n) => Random.withSeed(this.#work(), `${seed}/worker/${n}`),
      { concurrency: "unbounded", discard: true }
    )
  })

  /** Starts no new commands. */
  stop(): void {
    this.#stopped = true
  }

  /** Starts no new commands, and does not resend commands without an answer. */
  giveUp(): void {
    this.#stopped = true
    this.#givenUp = true
  }
}
