import { Boundary, type Board, Key, type Slice } from "#domain/grammar/index.ts"
import { Effect, Option } from "effect"
import { type EventLog, isUnreadable } from "../EventLog.ts"
import type { Parked } from "./Parking.ts"

/** A dead letter, as it concerns rows: the words of the view's key that are known of it. */
type Words = ReadonlyArray<string | undefined>

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

/**
 * How many events a row of a view lacks, because the view could not take them: by the path of the row. Asks the log once for
 * each dead letter, and nothing while there is none.
 */
export const rowDeadLetters = (
  board: Board.Any,
  view: Slice.View<any, any>,
  log: EventLog["Service"],
  lettersNow: () => ReadonlyArray<Parked>
) => {
  const ofPlace = wordsOf(board, view)
  let of: ReadonlyArray<Parked> = []
  let found: ReadonlyArray<Words> = []

  const locate = ({ place, position }: Parked) =>
    log.at(position).pipe(
      Effect.map((read) =>
        Option.isSome(read) && !isUnreadable(read.value)
          ? Key.tokens(view.key, read.value.fact as never)
          : ofPlace(place)
      ),
      Effect.catch(() => Effect.succeed(ofPlace(place)))
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

  return Effect.map(located, (all) => (path: string): number => {
    if (all.length === 0) return 0
    const tokens = path.split(".")
    return all.filter((words) => concerns(words)(tokens)).length
  })
}
