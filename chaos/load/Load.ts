import { Effect, Random } from "effect"
import type { App } from "../apps.ts"
import type { History, Outcome } from "../history.ts"
import { anything, coldPlace, hotPlace, type Place, type Question, rooms, stay } from "./hotel.ts"
import { look, send } from "./http.ts"

const isDefinite = ({ is }: Outcome) => is === "done" || is === "refused"

/** How many old commands are remembered, to be sent again. */
const memory = 2_000

export interface Options {
  readonly apps: ReadonlyArray<App>
  readonly history: History
  readonly seed: number
  /** Commands a second, all workers together. */
  readonly rate: number
  readonly workers: number
}

/** People at the doors of the hotel. Each command has an id, and is sent until there is a definite answer. */
export class Load {
  readonly #options: Options
  readonly #known: Array<{ readonly key: string } & Question> = []
  #keys = 0
  #hot = 0
  #cold = 0
  #stopped = false
  #givenUp = false
  /** Commands without a definite answer just now. */
  open = 0
  commands = 0
  calls = 0
  lastAnswer = 0
  longestStall = 0
  readonly outcomes: Record<string, number> = {}

  constructor(options: Options) {
    this.#options = options
  }

  #answered(outcome: Outcome) {
    this.calls++
    this.outcomes[outcome.is] = (this.outcomes[outcome.is] ?? 0) + 1
    if (!isDefinite(outcome)) return
    const now = this.#options.history.now()
    this.longestStall = Math.max(this.longestStall, now - this.lastAnswer)
    this.lastAnswer = now
  }

  /** Whoever stops asking meanwhile: what was sent may be done, so it is in the history. */
  readonly #once = Effect.fnUntraced(function* (this: Load, question: { readonly key: string } & Question, app: App) {
    const { history } = this.#options
    const t = history.now()
    const outcome = yield* Effect.promise(() => send(app.url, question))
    history.write({ type: "call", t, until: history.now(), key: question.key, app: app.name, outcome })
    this.#answered(outcome)
    return outcome
  }, Effect.uninterruptible)

  /** Sends a command to one app or the other until somebody says yes or no, or until there is no more time. */
  readonly #settle = Effect.fnUntraced(
    function* (this: Load, question: { readonly key: string } & Question) {
      const { apps } = this.#options
      this.open++
      for (let turn = yield* Random.nextIntBetween(0, apps.length - 1); ; turn++) {
        const outcome: Outcome = yield* this.#once(question, apps[turn % apps.length]!)
        if (isDefinite(outcome) || this.#givenUp) return outcome
        yield* Effect.sleep(yield* Random.nextIntBetween(100, 600))
      }
    },
    Effect.ensuring(Effect.sync(() => this.open--))
  )

  /** A new command, with an id of its own. Whoever asks stays until there is an answer. */
  readonly ask = Effect.fnUntraced(function* (this: Load, question: Question) {
    const { history, seed } = this.#options
    const asked = { key: `chaos-${seed}-${++this.#keys}`, ...question }
    this.commands++
    this.#known[this.#keys % memory] = asked
    history.write({ type: "ask", t: history.now(), ...asked })
    return yield* this.#settle(asked)
  }, Effect.uninterruptible)

  /** A command that was given before, once more. */
  readonly again = Effect.fnUntraced(function* (this: Load) {
    const known = this.#known.filter(Boolean)
    if (known.length === 0) return
    yield* this.#settle(known[yield* Random.nextIntBetween(0, known.length - 1)]!)
  })

  /** A new command, sent by two apps at once under one id. */
  readonly #twice = Effect.fnUntraced(function* (this: Load, question: Question) {
    const { apps, history, seed } = this.#options
    const asked = { key: `chaos-${seed}-${++this.#keys}`, ...question }
    this.commands++
    history.write({ type: "ask", t: history.now(), ...asked })
    yield* Effect.forEach(apps, (app) => this.#once(asked, app), { concurrency: "unbounded" })
    yield* this.#settle(asked)
  })

  readonly #look = Effect.fnUntraced(function* (this: Load, { room, date }: Place, after: number) {
    const { apps, history } = this.#options
    const app = apps[yield* Random.nextIntBetween(0, apps.length - 1)]!
    const t = history.now()
    const path = `/rooms/${room.id}/nights/${date}`
    const outcome = yield* Effect.promise(() => look(app.url, path, after))
    history.write({ type: "look", t, until: history.now(), app: app.name, path, after, outcome })
  })

  /** A place nobody has had. */
  readonly fresh = (): Place => coldPlace(this.#cold++)

  /** One thing a worker does, however long it takes. */
  readonly #turn = Effect.fnUntraced(function* (this: Load) {
    const dice = yield* Random.next
    if (dice < 0.03) return yield* this.again()
    if (dice < 0.6) {
      const place = hotPlace(Math.floor(this.#hot++ / 12) + (yield* Random.nextIntBetween(0, 5)))
      const question = yield* anything(place)
      return dice < 0.05 ? yield* this.#twice(question) : yield* this.ask(question)
    }
    const place = this.fresh()
    const client = { id: yield* Random.nextIntBetween(1, 1000) }
    for (const question of stay(place, client)) {
      const outcome: Outcome = yield* this.ask(question)
      const seq = outcome.is === "done" ? outcome.seq : 0
      if (seq > 0 && (yield* Random.next) < 0.2) yield* this.#look(place, seq)
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
      yield* this.#turn()
      yield* this.#pause()
    }
  })

  /** The rooms, then everybody at once, until `stop`. Ends when each command has its answer, or was given up. */
  readonly run = Effect.fnUntraced(function* (this: Load) {
    const { seed, workers } = this.#options
    yield* Effect.forEach(rooms, (id) => this.ask({ command: "AddRoom", input: { room: { id } } }), {
      concurrency: 8,
      discard: true
    })
    yield* Effect.forEach(
      Array.from({ length: workers }, (_, n) => n),
      (n) => Random.withSeed(this.#work(), `${seed}/worker/${n}`),
      { concurrency: "unbounded", discard: true }
    )
  })

  /** Nothing new is asked from now on. */
  stop(): void {
    this.#stopped = true
  }

  /** Nothing new is asked, and what has no answer yet is not sent again. */
  giveUp(): void {
    this.#stopped = true
    this.#givenUp = true
  }
}
