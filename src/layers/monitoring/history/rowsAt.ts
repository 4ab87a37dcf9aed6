import { Data, Effect, Result, Schema } from "effect"
import { Key, KeyToken, type Slice } from "#domain/model/index.ts"
import type { Progress, Rows } from "#layers/contract/operationsSchema.ts"
import { breathe, inSlices } from "#layers/monitoring/scans/yieldToEventLoop.ts"
import type { StillCounting, Watch } from "#layers/monitoring/tail/LogTail.ts"
import { isUnreadable, type LogUnavailable, type Replayed, type Unreadable } from "#layers/services/EventLog.ts"
import type { StoreUnavailable } from "#layers/services/KeyValue.ts"
import type { LogReader } from "#layers/services/LogReader.ts"
import { ofView } from "#layers/services/subscriptionsOf.ts"
import { select } from "#layers/views/keyFilter.ts"
import { rowSchema } from "#layers/views/row.ts"
import type { ViewHealth } from "#layers/views/ViewHealth.ts"
import { isBehind, type Listed, nextOf, withLacking } from "./rowsNow.ts"

/** The most facts, and the most rows, that a read model as of then is folded from and into. */
export const mostFacts = 1_000_000
export const mostRows = 50_000

/** What a read model was then cannot be told: too much would have to be folded. */
export class TooMuchToFold extends Data.TaggedError("TooMuchToFold")<{
  readonly what: "facts" | "rows"
  readonly most: number
}> {
  override get message() {
    return `A read model as of then is folded from at most ${mostFacts} facts into at most ${mostRows} rows. Ask for fewer rows, or for an earlier position.`
  }
}

type Failure = StillCounting | LogUnavailable | StoreUnavailable | Unreadable | TooMuchToFold

interface Held {
  readonly texts: ReadonlyArray<string>
  readonly about: object
  state: unknown
  /** Of its newest fact. */
  last?: Pick<Replayed, "actor" | "position" | "time">
}

/** The rows of a view as they stood at a position that the log has reached, folded from the log. */
export const rowsThen = (
  view: Slice.View<any, any>,
  watch: Watch["Service"],
  reader: LogReader["Service"],
  health: ViewHealth["Service"] | undefined
) => {
  const { types } = ofView(view)
  const encode = Schema.encodeUnknownSync(Schema.toCodecJson(rowSchema(view)), { disableChecks: true }) as (
    row: unknown
  ) => Rows["rows"][number]
  const evolve: Record<string, (state: unknown, fact: unknown) => unknown> = view.shows.evolve
  /** A fact whose words cannot name a row is parked, and in no row now either. */
  const textsOf = (fact: Replayed["fact"]) =>
    Result.getOrUndefined(Result.try(() => Key.texts(view.key as Key.Key, fact as never)))

  return (
    at: number,
    { behind, choices, limit }: Listed,
    report: (progress: Progress) => Effect.Effect<void>
  ): Effect.Effect<Omit<Rows, "log">, Failure> =>
    Effect.gen(function* () {
      const selection = select(view, choices)
      const { compare } = selection
      const isIn = isBehind(selection, behind)
      const fits = (texts: ReadonlyArray<string | undefined>) => selection.fits(texts) && isIn(texts)
      const { tallies } = yield* watch.at(at)
      const of = types.reduce((sum, type) => sum + (tallies.get(type)?.count ?? 0), 0)
      const upTo = Math.max(0, ...types.map((type) => tallies.get(type)?.position ?? 0))
      if (of > mostFacts) return yield* new TooMuchToFold({ what: "facts", most: mostFacts })
      const rows = new Map<string, Held>()
      /** Event streams in which an event could not be folded: the rows of now lack it too, and what follows it there. */
      const stopped = new Set<string>()
      const passedOver = health?.passedOver(view)
      let done = 0

      const take = Effect.fnUntraced(function* (page: ReadonlyArray<Replayed | Unreadable>) {
        done += page.length
        const changed = new Map<Held, Replayed>()
        for (const replayed of page) {
          // What cannot be read is parked, and not in the row now either.
          if (isUnreadable(replayed) || passedOver?.has(replayed.position) || stopped.has(replayed.place)) continue
          const { fact } = replayed
          const texts = textsOf(fact)
          if (!texts || !fits(texts)) continue
          const path = Key.path(texts.map(KeyToken.encode))
          const known = rows.get(path)
          const row = known ?? { texts, about: Key.pick(view.key, fact as never), state: view.shows.initial }
          try {
            row.state = evolve[fact._tag]?.(row.state, fact)
          } catch {
            stopped.add(replayed.place)
            continue
          }
          if (!known) rows.set(path, row)
          changed.set(row, replayed)
        }
        // What a row says of its newest fact is taken over: a fact that is held would hold what came with it in memory.
        for (const [row, { actor, position, time }] of changed) row.last = { actor, position, time }
        if (rows.size > mostRows) return yield* new TooMuchToFold({ what: "rows", most: mostRows })
        yield* report({ done, of })
        yield* breathe
      })

      yield* reader.replay(types, 0, upTo, take)
      const all = [...rows.values()].sort((a, b) => compare(a.texts, b.texts))
      const shown: Array<Rows["rows"][number]> = []
      const paths = new Set<string>()
      const page = all.slice(0, limit)
      yield* inSlices(page, ({ about, last, state, texts }) => {
        paths.add(Key.path(texts.map(KeyToken.encode)))
        const { actor, position, time } = last!
        shown.push(encode({ ...about, ...(state as object), updatedAt: time, updatedBy: actor, position }))
      })
      const letters = health ? yield* health.deadLetters(view) : undefined
      const next = nextOf(page, all.length <= limit)
      const answer = { view: view.shows.name, position: at, rows: shown, more: all.length > limit, next }
      return withLacking(answer, letters, { paths, fits, upTo: at, most: limit })
    })
}
