import { Option, Schema } from "effect"
import { Key, type Slice } from "#domain/model/index.ts"
import { errorMessage } from "#layers/services/errorMessage.ts"
import type { EventEnvelope } from "#layers/services/EventLog.ts"
import type { Bucket, Entry } from "#layers/services/KeyValue.ts"
import { rowSchema, stateOf } from "./row.ts"
import { type RowChange, rowChanges } from "./rowChanges.ts"

/** A row in memory while events are folded into it. */
export interface BufferedRow {
  /** Its key in the bucket. */
  readonly path: string
  readonly about: object
  revision: number
  state: unknown
  position: number
  /** Why its stored value cannot be read. */
  readonly decodeError?: string
  /** The newest event that is folded into it and not written yet. */
  pendingEvent?: Pick<EventEnvelope, "actor" | "position" | "time"> | undefined
  /** How many events the buffer had processed when the row changed last. */
  changedAt: number
}

/**
 * Decodes, folds and encodes the rows of a view. With `checkSize`, each row fits into its bucket: encoding every row after
 * each event would cost too much, so only rows that were passed to `measure`, as their write failed, are checked.
 */
export const makeRowFolder = (view: Slice.View<any, any>, checkSize?: Bucket["checkSize"]) => {
  const schema = Schema.fromJsonString(Schema.toCodecJson(rowSchema(view)))
  const decode = Schema.decodeUnknownSync(schema)
  // States come from `evolve`, which is typed: checks would only cost time.
  const encode = Schema.encodeUnknownSync(schema, { disableChecks: true })
  const evolve: Record<string, (state: unknown, event: unknown) => unknown> = view.shows.evolve

  const { changesOf, tryChangesOf } = rowChanges(view)

  const newRow = (path: string, event: unknown): BufferedRow => ({
    path,
    about: Key.pick(view.key, event as never),
    revision: 0,
    state: view.shows.initial,
    position: 0,
    changedAt: 0
  })

  const fromEntry = (path: string, event: unknown, entry: Option.Option<Entry>): BufferedRow => {
    if (Option.isNone(entry)) return newRow(path, event)
    const { revision, value } = entry.value
    let row: Record<string, any>
    try {
      row = decode(value)
    } catch (error) {
      return { ...newRow(path, event), revision, decodeError: `the row cannot be read: ${errorMessage(error)}` }
    }
    return {
      path,
      about: Key.pick(view.key, row),
      revision,
      state: stateOf(view, row),
      position: row.position ?? 0,
      changedAt: 0
    }
  }

  const measuredPaths = new Set<string>()

  /**
   * Whether the row changed: an event that it has already is ignored. Throws why if the row cannot be read, or would
   * become too large; it is then as it was.
   */
  const fold = (row: BufferedRow, envelope: EventEnvelope, events: RowChange["events"]): boolean => {
    if (row.decodeError !== undefined) throw new Error(row.decodeError)
    if (envelope.position <= row.position) return false
    const { pendingEvent, position, state } = row
    row.state = events.reduce((folded, event) => evolve[event._tag]?.(folded, event) ?? folded, state)
    row.position = envelope.position
    row.pendingEvent = envelope
    const tooLarge = measuredPaths.has(row.path) ? checkSize?.(row.path, encodeRow(row)) : undefined
    if (!tooLarge) return true
    Object.assign(row, { pendingEvent, position, state })
    throw tooLarge
  }

  /** The row as readers get it: its key, its state, and the stamp of its newest event. */
  const stamped = ({ about, state, pendingEvent }: BufferedRow) => {
    const stamp = pendingEvent && {
      updatedAt: pendingEvent.time,
      updatedBy: pendingEvent.actor,
      position: pendingEvent.position
    }
    return { ...about, ...(state as object), ...stamp }
  }

  const encodeRow = (row: BufferedRow): string => encode(stamped(row))
  const measure = (path: string): void => void measuredPaths.add(path)

  return { decode, changesOf, tryChangesOf, newRow, fromEntry, fold, stamped, encodeRow, measure }
}

export type RowFolder = ReturnType<typeof makeRowFolder>
