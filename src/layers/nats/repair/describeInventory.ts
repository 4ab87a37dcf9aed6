import { countPositions, formatRanges } from "#layers/nats/integrity/findDamage.ts"
import type { Inventory } from "#layers/nats/integrity/inventory.ts"
import { contiguousEnd } from "./repairLog.ts"

const formatEventCount = (count: number) => (count === 1 ? "1 event" : `${count} events`)

/** Whether a log has no damage and no missing events. */
export const isWhole = ({ findings, missing }: Inventory): boolean => findings.length === 0 && missing.length === 0

/** Describes an inventory for operators, line by line: the log, the missing events, and where they have copies. */
export const describeInventory = (inventory: Inventory): ReadonlyArray<string> => {
  const { copies, derived, findings, highestKnown, lost, missing, state, witnesses } = inventory
  const streams = [...Map.groupBy(copies.values(), ({ stream }) => stream)]
  return [
    state ? `${formatEventCount(state.messages)}, positions ${state.first} to ${state.last}` : "there is no stream",
    ...witnesses
      .filter(({ position }) => position > 0)
      .map(({ by, log, position }) =>
        state === undefined || log === undefined || log === state.identity
          ? `${by} knows of position ${position}`
          : `${by} knows of position ${position} of another log`
      ),
    ...findings.map((each) => `damage: ${each}`),
    ...(missing.length > 0
      ? [`missing: ${formatEventCount(countPositions(missing))}, positions ${formatRanges(missing)}`]
      : []),
    ...streams.map(
      ([stream, streamCopies]) => `${stream} has copies of ${formatEventCount(streamCopies.length)} of these`
    ),
    ...(derived.size > 0
      ? [`${derived.size} of these follow from other events: copies in further boundaries, and checks`]
      : []),
    ...(lost.length > 0
      ? [`no copy of ${formatEventCount(countPositions(lost))}: positions ${formatRanges(lost)}`]
      : []),
    ...(isWhole(inventory)
      ? ["the log is whole"]
      : [`without a gap, it goes up to position ${contiguousEnd(inventory)} of ${highestKnown}`])
  ]
}

/** Describes what `rebuild` would do. */
export const describeRebuild = ({ lost, missing }: Inventory): string => {
  if (missing.length === 0) return "Nothing is missing that could be put back."
  return lost.length > 0
    ? "It cannot be rebuilt, since some of its events have no copy: restore a backup, or accept it as far as it goes."
    : `rebuild puts back ${formatEventCount(countPositions(missing))}: positions ${formatRanges(missing)}.`
}

/** Describes what `accept` would give up. */
export const describeAccept = (inventory: Inventory): string => {
  const end = contiguousEnd(inventory)
  const readable = inventory.highestKnown - end - countPositions(inventory.missing)
  return (
    `accept ends the log at position ${end}: ${formatEventCount(inventory.highestKnown - end)} after it are given up` +
    `${readable > 0 ? `, of which ${readable} can still be read` : ""}. Clients whose commands stored them are not notified. ` +
    "Their positions are used again; views, automations and counts start over, and dead letters are dropped."
  )
}
