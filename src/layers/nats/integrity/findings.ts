import type { LogState } from "./logState.ts"
import type { Witness } from "./witnesses.ts"

const numbers = new Intl.NumberFormat("en", { useGrouping: false })
const most = 4

/** `the audit (3000), the view Booking (2998) and 3 more`, the farthest first. */
const named = (witnesses: ReadonlyArray<Witness>): string => {
  const sorted = witnesses.toSorted((a, b) => b.position - a.position)
  const shown = sorted.slice(0, most).map(({ by, position }) => `${by} (${numbers.format(position)})`)
  return shown.join(", ") + (sorted.length > most ? ` and ${sorted.length - most} more` : "")
}

/** Whether a witness speaks of this log: of another one of the same name its positions mean nothing. */
const isOfLog =
  ({ identity }: LogState) =>
  ({ log }: Witness) =>
    log === undefined || log === identity

/**
 * The witnesses of later events than the log has. One checkpoint alone, which no copy and no second checkpoint bears out, is
 * taken for wrong: its owner starts again from the first event.
 */
const aheadOf = (state: LogState, witnesses: ReadonlyArray<Witness>): ReadonlyArray<Witness> => {
  const ahead = witnesses.filter(({ position }) => position > state.last).filter(isOfLog(state))
  const isBorneOut = ahead.length > 1 || ahead.some(({ isCheckpoint }) => !isCheckpoint)
  return isBorneOut ? ahead : []
}

/** What stands against the log, one sentence for each kind of damage; nothing if it is whole as far as is known. */
export const findingsOf = (state: LogState | undefined, witnesses: ReadonlyArray<Witness>): ReadonlyArray<string> => {
  if (state === undefined) {
    const known = witnesses.filter(({ position }) => position > 0)
    return known.length === 0 ? [] : [`its stream is gone, and had events up to: ${named(known)}`]
  }
  const { expires, first, last, messages } = state
  const found: Array<string> = []
  const ahead = aheadOf(state, witnesses)
  if (ahead.length > 0) found.push(`it ends at position ${last}, and later events are known to: ${named(ahead)}`)
  if (messages === 0 && last > 0 && !expires) found.push(`its events 1 to ${last} are missing`)
  else if (messages > 0) {
    if (first > 1 && !expires) found.push(`its events 1 to ${first - 1} are missing`)
    const holes = last - first + 1 - messages
    if (holes > 0) found.push(`${holes} of its events between ${first} and ${last} are missing`)
  }
  return found
}

/** Those that follow another log of this name, which was replaced since. */
export const ofAnotherLog = ({ identity }: LogState, witnesses: ReadonlyArray<Witness>): ReadonlyArray<Witness> =>
  witnesses.filter(({ log, position }) => log !== undefined && log !== identity && position > 0)

export interface Stretch {
  readonly from: number
  readonly to: number
}

const spelled = ({ from, to }: Stretch) => (from === to ? `${from}` : `${from} to ${to}`)

/** `12, 40 to 44 and 3 more`. */
export const stretches = (all: ReadonlyArray<Stretch>): string =>
  all.slice(0, most).map(spelled).join(", ") + (all.length > most ? ` and ${all.length - most} more` : "")

export const sizeOf = (all: ReadonlyArray<Stretch>): number => all.reduce((sum, { from, to }) => sum + to - from + 1, 0)

export const unreadable = (all: ReadonlyArray<Stretch>): string =>
  `the server cannot read ${sizeOf(all) === 1 ? "the event" : `${sizeOf(all)} events`} at ${stretches(all)}`
