import { Effect, Random } from "effect"
import { Board } from "#domain/model/index.ts"
import type { App } from "../apps.ts"
import type { History, Outcome } from "../history.ts"
import type { BoardLoad, Client, CommandCall } from "./BoardLoad.ts"
import { readRow, send } from "./httpCalls.ts"

const isDefinite = ({ is }: Outcome) => is === "done" || is === "refused"

/** The number of old commands kept to be sent again. */
const maxKnownCommands = 2_000

/** The share of steps in which an old command is sent again. */
const resendShare = 0.03

/** The path of the endpoint of each command. */
const pathsOf = (board: Board.Any): ReadonlyMap<string, string> =>
  new Map(board.slices.flatMap((slice) => (slice._tag === "Change" ? [[slice.command.name, slice.by.path]] : [])))

export interface Options {
  readonly apps: ReadonlyArray<App>
  readonly history: History
  readonly boardLoad: BoardLoad
  readonly seed: number
  /** Commands per second of all workers together. */
  readonly rate: number
  readonly workers: number
}

type Request = { readonly key: string } & CommandCall

/** Clients of a board's API. Each command has an id, and is sent until it has a definite answer. */
export class Load {
  readonly #options: Options
  readonly #paths: ReadonlyMap<string, string>
  readonly #known: Array<Request> = []
  #keys = 0
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
    this.#paths = pathsOf(options.boardLoad.board)
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
  readonly #sendOnce = Effect.fnUntraced(function* (this: Load, command: Request, app: App) {
    const { history } = this.#options
    const [t, requestedAt] = [history.now(), Date.now()]
    const path = this.#paths.get(command.command)!
    const outcome = yield* Effect.promise(() => send(`${app.url}${path}`, command))
    const [until, answeredAt] = [history.now(), Date.now()]
    const { key } = command
    history.write({ type: "call", t, until, requestedAt, answeredAt, key, app: app.name, outcome })
    this.#recordOutcome(outcome)
    return outcome
  }, Effect.uninterruptible)

  /** Sends a command to the apps in turn until it has a definite answer, or until the load gives up. */
  readonly #sendUntilDefinite = Effect.fnUntraced(
    function* (this: Load, command: Request) {
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

  /** Gives a new command an id of its own, and records its input. */
  #newRequest(command: CommandCall): Request {
    const { history, seed } = this.#options
    const request = { key: `chaos-${seed}-${++this.#keys}`, ...command }
    this.commands++
    history.write({ type: "ask", t: history.now(), ...request })
    return request
  }

  /** Sends a new command with an id of its own, until it has a definite answer. */
  readonly request = Effect.fnUntraced(function* (this: Load, command: CommandCall) {
    const request = this.#newRequest(command)
    this.#known[this.#keys % maxKnownCommands] = request
    return yield* this.#sendUntilDefinite(request)
  }, Effect.uninterruptible)

  /** Sends an earlier command again. */
  readonly resend = Effect.fnUntraced(function* (this: Load) {
    const known = this.#known.filter(Boolean)
    if (known.length === 0) return
    yield* this.#sendUntilDefinite(known[yield* Random.nextIntBetween(0, known.length - 1)]!)
  })

  /** Sends a new command to all apps at once with one id. */
  readonly #sendTwice = Effect.fnUntraced(function* (this: Load, command: CommandCall) {
    const { apps } = this.#options
    const request = this.#newRequest(command)
    yield* Effect.forEach(apps, (app) => this.#sendOnce(request, app), { concurrency: "unbounded" })
    yield* this.#sendUntilDefinite(request)
  })

  readonly #readRow = Effect.fnUntraced(function* (this: Load, path: string, after: number) {
    const { apps, history } = this.#options
    const app = apps[yield* Random.nextIntBetween(0, apps.length - 1)]!
    const t = history.now()
    const outcome = yield* Effect.promise(() => readRow(app.url, path, after))
    history.write({ type: "look", t, until: history.now(), app: app.name, path, after, outcome })
  })

  /** The commands that faults send. */
  get board(): BoardLoad {
    return this.#options.boardLoad
  }

  readonly #pause = Effect.fnUntraced(function* (this: Load) {
    const { rate, workers } = this.#options
    yield* Effect.sleep(((yield* Random.next) * 2 * workers * 1000) / rate)
  })

  readonly #work = Effect.fnUntraced(function* (this: Load) {
    const { step } = this.#options.boardLoad
    const client: Client = {
      request: (command) => this.request(command),
      sendTwice: (command) => this.#sendTwice(command),
      readRow: (path, after) => this.#readRow(path, after),
      pause: this.#pause(),
      isStopped: () => this.#stopped
    }
    while (!this.#stopped) {
      yield* (yield* Random.next) < resendShare ? this.resend() : step(client)
      yield* this.#pause()
    }
  })

  /** Sends the commands that come first. */
  readonly prepare = Effect.fnUntraced(function* (this: Load) {
    const { boardLoad, history } = this.#options
    // The start of the apps is no stall.
    this.lastAnswer = history.now()
    yield* Effect.forEach(boardLoad.first, (command) => this.request(command), { concurrency: 8, discard: true })
  })

  /** Runs all workers until `stop`. Ends when each command has its answer or was given up. */
  readonly run = Effect.fnUntraced(function* (this: Load) {
    const { seed, workers } = this.#options
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
