import { Effect } from "effect"
import { isUnreadable, LogUnavailable, type Past, type Read, type Unreadable } from "#layers/services/EventLog.ts"
import type { Recorded } from "#layers/services/RecordedEvent.ts"

/** The most messages asked for in one direct get. */
export const most = 1000

const byPosition = (a: Read, b: Read) => a.position - b.position

/** How many facts a place has, as its newest says; 0 if there is none. */
const newestIndex = (facts: ReadonlyArray<Recorded>): number => {
  let newest: Recorded | undefined
  for (const fact of facts) if (!newest || fact.position > newest.position) newest = fact
  return newest?.index ?? 0
}

/** Direct gets of the log, all at once. */
type Get = (queries: ReadonlyArray<object>) => Effect.Effect<ReadonlyArray<ReadonlyArray<Read>>, LogUnavailable>

/** Everything in a place, from the newest message of each of its subjects. */
export const wholePast = (get: Get, isVoid: (stray: Unreadable) => Effect.Effect<boolean, LogUnavailable>) => {
  /** A decision knows all of a place or nothing. What an operator has voided is left out. */
  const readable = (all: ReadonlyArray<Read>): Effect.Effect<ReadonlyArray<Recorded>, Unreadable | LogUnavailable> =>
    all.some(isUnreadable)
      ? (Effect.filter(all, (read) =>
          isUnreadable(read)
            ? Effect.flatMap(isVoid(read), (voided) => (voided ? Effect.succeed(false) : Effect.fail(read)))
            : Effect.succeed(true)
        ) as Effect.Effect<ReadonlyArray<Recorded>, Unreadable | LogUnavailable>)
      : Effect.succeed(all as ReadonlyArray<Recorded>)

  /** All facts on a subject up to a position. An exact subject is found without a scan. */
  const on = Effect.fnUntraced(function* (subject: string, upTo: number) {
    const facts: Array<Read> = []
    for (let seq = 1; seq <= upTo;) {
      const [found = []] = yield* get([{ next_by_subj: subject, seq, batch: most }])
      facts.push(...found.filter(({ position }) => position <= upTo))
      if (found.length < most) break
      seq = found.at(-1)!.position + 1
    }
    return facts
  })

  const all = (subjects: ReadonlyArray<string>, upTo: number) =>
    Effect.forEach(subjects, (subject) => on(subject, upTo), { concurrency: "unbounded" }).pipe(
      Effect.map((found) => found.flat().sort(byPosition))
    )

  /** Each part may come from another replica: one that lacks the message which is known to be its newest is behind. */
  const inParts = Effect.fnUntraced(function* (latest: ReadonlyArray<Read>, upTo: number) {
    const found = yield* all(
      latest.map(({ subject }) => subject),
      upTo
    )
    const positions = new Set(found.map(({ position }) => position))
    return latest.every(({ position }) => positions.has(position))
      ? found
      : yield* new LogUnavailable({ reason: "the replica that answers is behind" })
  })

  /**
   * The newest of each kind is the whole place, unless a kind occurred more than once: then its index tells. A message
   * that is void may hide a fact on its subject, and is the newest of the place all the same, which the guard names.
   */
  const whole = Effect.fnUntraced(function* (
    latest: ReadonlyArray<Read>
  ): Effect.fn.Return<Past, LogUnavailable | Unreadable> {
    const position = latest.reduce((most, each) => Math.max(most, each.position), 0)
    const known = yield* readable(latest)
    const isWhole = known.length === latest.length && known.length === newestIndex(known)
    const facts = isWhole ? known : yield* Effect.flatMap(inParts(latest, position), readable)
    return { facts: facts.toSorted(byPosition), position, count: newestIndex(facts) }
  })

  return whole
}
