import { Effect, Option, Result } from "effect"
import { Boundary, type Board, Key, KeyToken, type Slice } from "#domain/model/index.ts"
import type { RowsLacking } from "#layers/contract/operationsSchema.ts"
import type { Parked } from "#layers/deadLetters/DeadLetters.ts"
import { type EventLog, isUnreadable } from "#layers/services/EventLog.ts"

/** A dead letter, as it concerns rows: the words of the view's key that are known of it. */
type Words = ReadonlyArray<string | undefined>

interface Located {
  readonly position: number
  /** As tokens of the row's path; a word that is not known is undefined. */
  readonly words: Words
}

/** The dead letters of a view, by the rows that they concern. */
export interface RowDeadLetters {
  /** How many events a row lacks, by its path. */
  readonly count: (path: string) => number
  /**
   * Dead letters up to a position that may concern rows that a list asks for and does not have: at most `most` groups, one for
   * each row. An event that leaves a word of the key unknown may concern any row, so it is always among them.
   */
  readonly without: (list: {
    readonly paths: ReadonlySet<string>
    readonly fits: (texts: Words) => boolean
    readonly upTo: number
    readonly most: number
  }) => { readonly lacking: ReadonlyArray<RowsLacking>; readonly more: boolean }
}

const concerns = (words: Words) => (tokens: ReadonlyArray<string>) =>
  words.every((word, n) => word === undefined || word === tokens[n])

/** What the name of an event stream says of the words of a view's key, for an event that cannot be read. */
const wordsOf = (board: Board.Any, view: Slice.View<any, any>) => {
  const boundaries = new Map<string, Boundary.Any>(board.lanes.map(({ boundary }) => [boundary.name, boundary]))
  const names = Object.keys(view.key)
  return (place: string): Words => {
    const [boundary = "", key = ""] = place.split("/", 2)
    const known = Object.keys(boundaries.get(boundary)?.key ?? {})
    const tokens = key.split("_")
    return names.map((name) => (known.includes(name) ? tokens[known.indexOf(name)] : undefined))
  }
}

const without =
  (names: ReadonlyArray<string>, all: ReadonlyArray<Located>): RowDeadLetters["without"] =>
  ({ fits, most, paths, upTo }) => {
    const groups = new Map<string, { readonly key: Record<string, string>; count: number }>()
    for (const { position, words } of all) {
      const isKnown = words.every((word) => word !== undefined)
      if (position > upTo || (isKnown && paths.has(Key.path(words)))) continue
      const texts = words.map((word) => (word === undefined ? undefined : KeyToken.decode(word)))
      if (!fits(texts)) continue
      const key = Object.fromEntries(names.flatMap((name, n) => (texts[n] === undefined ? [] : [[name, texts[n]]])))
      const id = JSON.stringify(texts)
      const group = groups.get(id) ?? { key, count: 0 }
      group.count++
      groups.set(id, group)
    }
    return { lacking: [...groups.values()].slice(0, most), more: groups.size > most }
  }

/**
 * The events that rows of a view lack, because the view could not take them. Asks the log once for each dead letter, and
 * nothing while there is none.
 */
export const rowDeadLetters = (
  board: Board.Any,
  view: Slice.View<any, any>,
  log: EventLog["Service"],
  lettersNow: () => ReadonlyArray<Parked>
) => {
  const ofPlace = wordsOf(board, view)
  let of: ReadonlyArray<Parked> = []
  let found: ReadonlyArray<Located> = []
  const names = Object.keys(view.key)

  const locate = ({ place, position }: Parked) =>
    log.at(position).pipe(
      Effect.map((read): Words => {
        if (Option.isNone(read) || isUnreadable(read.value)) return ofPlace(place)
        const { fact } = read.value
        // An event whose values are no key of this view was set aside for that: its stream says what is known of it.
        return Result.getOrElse(
          Result.try(() => Key.tokens(view.key, fact as never)),
          () => ofPlace(place)
        )
      }),
      Effect.catch(() => Effect.succeed(ofPlace(place))),
      Effect.map((words): Located => ({ position, words }))
    )

  const located = Effect.suspend(() => {
    const letters = lettersNow()
    if (letters === of) return Effect.succeed(found)
    return Effect.map(Effect.forEach(letters, locate, { concurrency: 16 }), (all) => {
      of = letters
      found = all
      return all
    })
  })

  return Effect.map(located, (all): RowDeadLetters => ({
    count: (path) => {
      if (all.length === 0) return 0
      const tokens = path.split(".")
      return all.filter(({ words }) => concerns(words)(tokens)).length
    },
    without: without(names, all)
  }))
}
