import { Option, Schema } from "effect"
import { Key, type Slice } from "#domain/model/index.ts"
import { reasonOf } from "#layers/services/errorMessage.ts"
import type { Replayed } from "#layers/services/EventLog.ts"
import type { Entry } from "#layers/services/KeyValue.ts"
import { rowSchema, stateOf } from "./row.ts"

/** A row while facts are folded into it. */
export interface Held {
  /** What it is called in the bucket. */
  readonly path: string
  readonly about: object
  revision: number
  state: unknown
  position: number
  /** Why what is stored of it cannot be read. */
  readonly broken?: string
  /** The newest fact in it since it was read. */
  news?: Replayed | undefined
  /** How many facts had been met when it changed last. */
  changed: number
}

/** The rows of a view while facts are folded into them: from what is stored of one, to what is stored of it next. */
export const heldRows = (view: Slice.View<any, any>) => {
  const schema = Schema.fromJsonString(Schema.toCodecJson(rowSchema(view)))
  const decode = Schema.decodeUnknownSync(schema)
  // States come from `evolve`, whose types hold already.
  const encode = Schema.encodeUnknownSync(schema, { disableChecks: true })
  const evolve: Record<string, (state: unknown, fact: unknown) => unknown> = view.shows.evolve

  const pathOf = (fact: unknown): string => Key.path(Key.tokens(view.key, fact as never))

  const untouched = (path: string, fact: unknown): Held => ({
    path,
    about: Key.pick(view.key, fact as never),
    revision: 0,
    state: view.shows.initial,
    position: 0,
    changed: 0
  })

  const hold = (path: string, fact: unknown, entry: Option.Option<Entry>): Held => {
    if (Option.isNone(entry)) return untouched(path, fact)
    const { revision, value } = entry.value
    let row: Record<string, any>
    try {
      row = decode(value)
    } catch (error) {
      return { ...untouched(path, fact), revision, broken: `the row cannot be read: ${reasonOf(error)}` }
    }
    return {
      path,
      about: Key.pick(view.key, row),
      revision,
      state: stateOf(view, row),
      position: row.position ?? 0,
      changed: 0
    }
  }

  /** Whether it is news: a fact that a row has already passes by. */
  const fold = (row: Held, replayed: Replayed) => {
    if (row.broken !== undefined) throw new Error(row.broken)
    if (replayed.position <= row.position) return false
    row.state = evolve[replayed.fact._tag]?.(row.state, replayed.fact) ?? row.state
    row.position = replayed.position
    row.news = replayed
    return true
  }

  const written = ({ about, state, news }: Held) => {
    const stamp = news && { updatedAt: news.time, updatedBy: news.actor, position: news.position }
    return encode({ ...about, ...(state as object), ...stamp })
  }

  return { decode, pathOf, untouched, hold, fold, written }
}
