import type { LogState } from "./logState.ts"
import type { Witness } from "./witnesses.ts"

const numberFormat = new Intl.NumberFormat("en", { useGrouping: false })
const maxListed = 4

/** `the audit (3000), the view Booking (2998) and 3 more`, the highest position first. */
const formatWitnesses = (witnesses: ReadonlyArray<Witness>): string => {
  const sorted = witnesses.toSorted((a, b) => b.position - a.position)
  const shown = sorted.slice(0, maxListed).map(({ by, position }) => `${by} (${numberFormat.format(position)})`)
  return shown.join(", ") + (sorted.length > maxListed ? ` and ${sorted.length - maxListed} more` : "")
}

/** Whether a witness refers to this log: its positions in another log of the same name mean nothing here. */
const refersToLog =
  ({ identity }: LogState) =>
  ({ log }: Witness) =>
    log === undefined || log === identity

/**
 * The witnesses of later events than the log has. A single checkpoint that neither a copy nor a second checkpoint
 * confirms is considered wrong: its owner starts again from the first event.
 */
const witnessesAhead = (state: LogState, witnesses: ReadonlyArray<Witness>): ReadonlyArray<Witness> => {
  const ahead = witnesses.filter(({ position }) => position > state.last).filter(refersToLog(state))
  const isConfirmed = ahead.length > 1 || ahead.some(({ isCheckpoint }) => !isCheckpoint)
  return isConfirmed ? ahead : []
}

/** The damage of a log, one sentence for each kind; empty if none is known. */
export const findDamage = (state: LogState | undefined, witnesses: ReadonlyArray<Witness>): ReadonlyArray<string> => {
  if (state === undefined) {
    const known = witnesses.filter(({ position }) => position > 0)
    return known.length === 0 ? [] : [`its stream is gone, and had events up to: ${formatWitnesses(known)}`]
  }
  const { expires, first, last, messages } = state
  const findings: Array<string> = []
  const ahead = witnessesAhead(state, witnesses)
  if (ahead.length > 0)
    findings.push(`it ends at position ${last}, and later events are known to: ${formatWitnesses(ahead)}`)
  if (messages === 0 && last > 0 && !expires) findings.push(`its events 1 to ${last} are missing`)
  else if (messages > 0) {
    if (first > 1 && !expires) findings.push(`its events 1 to ${first - 1} are missing`)
    const missingCount = last - first + 1 - messages
    if (missingCount > 0) findings.push(`${missingCount} of its events between ${first} and ${last} are missing`)
  }
  return findings
}

/** The witnesses of another log of this name, which was replaced since. */
export const witnessesOfOtherLog = (
  { identity }: LogState,
  witnesses: ReadonlyArray<Witness>
): ReadonlyArray<Witness> =>
  witnesses.filter(({ log, position }) => log !== undefined && log !== identity && position > 0)

export interface PositionRange {
  readonly from: number
  readonly to: number
}

const formatRange = ({ from, to }: PositionRange) => (from === to ? `${from}` : `${from} to ${to}`)

/** `12, 40 to 44 and 3 more`. */
export const formatRanges = (ranges: ReadonlyArray<PositionRange>): string =>
  ranges.slice(0, maxListed).map(formatRange).join(", ") +
  (ranges.length > maxListed ? ` and ${ranges.length - maxListed} more` : "")

export const countPositions = (ranges: ReadonlyArray<PositionRange>): number =>
  ranges.reduce((sum, { from, to }) => sum + to - from + 1, 0)

export const describeUnreadable = (ranges: ReadonlyArray<PositionRange>): string =>
  `the server cannot read ${countPositions(ranges) === 1 ? "the event" : `${countPositions(ranges)} events`} at ${formatRanges(ranges)}`
