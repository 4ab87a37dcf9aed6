import { Effect, Option } from "effect"
import { Boundary, type Board, Key, KeyToken, type Slice } from "#domain/model/index.ts"
import type { RowsLacking } from "#layers/contract/operationsSchema.ts"
import type { DeadLetter } from "#layers/deadLetters/DeadLetters.ts"
import { type EventLog, isUndecodable } from "#layers/services/EventLog.ts"
import { rowChanges } from "./rowChanges.ts"

/** The fields of a view's key, as tokens of a row's path, that are known of a dead letter; an unknown one is undefined. */
type PartialKey = ReadonlyArray<string | undefined>

interface LocatedDeadLetter {
  readonly position: number
  readonly rowKey: PartialKey
}

/** The dead letters of a view, by the rows that they concern. */
export interface RowDeadLetters {
  /** How many events a row lacks, by its path. */
  readonly count: (path: string) => number
  /**
   * Dead letters up to a position that may concern rows which a list asks for and does not have: at most `limit` groups, one
   * for each row. An event that leaves a field of the key unknown may concern any row, so it is always included.
   */
  readonly missingFrom: (list: {
    readonly paths: ReadonlySet<string>
    readonly fits: (texts: PartialKey) => boolean
    readonly upTo: number
    readonly limit: number
  }) => { readonly lacking: ReadonlyArray<RowsLacking>; readonly more: boolean }
}

const matchesKey = (rowKey: PartialKey) => (tokens: ReadonlyArray<string>) =>
  rowKey.every((part, n) => part === undefined || part === tokens[n])

/** The fields of a view's key that the name of an event stream has, for an event that cannot be read. */
const partialKeyOf = (board: Board.Any, view: Slice.View<any, any>) => {
  const boundaries = new Map<string, Boundary.Any>(board.lanes.map(({ boundary }) => [boundary.name, boundary]))
  const names = Object.keys(view.key)
  return (streamId: string): PartialKey => {
    const [boundary = "", key = ""] = streamId.split("/", 2)
    const boundaryFields = Object.keys(boundaries.get(boundary)?.key ?? {})
    const tokens = key.split("_")
    return names.map((name) => (boundaryFields.includes(name) ? tokens[boundaryFields.indexOf(name)] : undefined))
  }
}

const missingFrom =
  (names: ReadonlyArray<string>, all: ReadonlyArray<LocatedDeadLetter>): RowDeadLetters["missingFrom"] =>
  ({ fits, limit, paths, upTo }) => {
    const groups = new Map<string, { readonly key: Record<string, string>; count: number }>()
    for (const { position, rowKey } of all) {
      const isKnown = rowKey.every((part) => part !== undefined)
      if (position > upTo || (isKnown && paths.has(Key.toBucketKey(rowKey)))) continue
      const texts = rowKey.map((part) => (part === undefined ? undefined : KeyToken.decode(part)))
      if (!fits(texts)) continue
      const key = Object.fromEntries(names.flatMap((name, n) => (texts[n] === undefined ? [] : [[name, texts[n]]])))
      const id = JSON.stringify(texts)
      const group = groups.get(id) ?? { key, count: 0 }
      group.count++
      groups.set(id, group)
    }
    return { lacking: [...groups.values()].slice(0, limit), more: groups.size > limit }
  }

/**
 * The events that rows of a view lack because the view could not apply them. Reads the log once for each dead letter, and
 * not at all while there is none.
 */
export const rowDeadLetters = (
  board: Board.Any,
  view: Slice.View<any, any>,
  log: EventLog["Service"],
  currentLetters: () => ReadonlyArray<DeadLetter>
) => {
  const keyOfStream = partialKeyOf(board, view)
  const { tryChangesOf } = rowChanges(view)
  let cachedLetters: ReadonlyArray<DeadLetter> = []
  let cachedLocated: ReadonlyArray<LocatedDeadLetter> = []
  const names = Object.keys(view.key)

  const locate = ({ place, position }: DeadLetter) =>
    log.readAt(position).pipe(
      Effect.map((entry): ReadonlyArray<PartialKey> => {
        if (Option.isNone(entry) || isUndecodable(entry.value)) return [keyOfStream(place)]
        // The event is a dead letter because its values are no key of this view: what is known is in its stream's name.
        const changes = tryChangesOf(entry.value) ?? []
        return changes.length > 0 ? changes.map(({ path }) => path.split(".")) : [keyOfStream(place)]
      }),
      Effect.catch(() => Effect.succeed([keyOfStream(place)])),
      Effect.map((keys) => keys.map((rowKey): LocatedDeadLetter => ({ position, rowKey })))
    )

  const loadLocated = Effect.suspend(() => {
    const letters = currentLetters()
    if (letters === cachedLetters) return Effect.succeed(cachedLocated)
    return Effect.map(Effect.forEach(letters, locate, { concurrency: 16 }), (found) => {
      cachedLetters = letters
      cachedLocated = found.flat()
      return cachedLocated
    })
  })

  return Effect.map(loadLocated, (all): RowDeadLetters => ({
    count: (path) => {
      if (all.length === 0) return 0
      const tokens = path.split(".")
      return all.filter(({ rowKey }) => matchesKey(rowKey)(tokens)).length
    },
    missingFrom: missingFrom(names, all)
  }))
}
