import { sizeOf, stretches } from "#layers/nats/integrity/findings.ts"
import type { Inventory } from "#layers/nats/integrity/inventory.ts"
import { endOf } from "./repairLog.ts"

const events = (count: number) => (count === 1 ? "1 event" : `${count} events`)

/** Whether a log is as it should be. */
export const isWhole = ({ found, missing }: Inventory): boolean => found.length === 0 && missing.length === 0

/** An inventory for an operator, line by line: what there is, what is missing, and where copies of it are. */
export const described = (inventory: Inventory): ReadonlyArray<string> => {
  const { copies, found, known, lost, missing, state, witnesses } = inventory
  const streams = [...Map.groupBy(copies.values(), ({ stream }) => stream)]
  return [
    state ? `${events(state.messages)}, positions ${state.first} to ${state.last}` : "there is no stream",
    ...witnesses
      .filter(({ position }) => position > 0)
      .map(({ by, log, position }) =>
        state === undefined || log === undefined || log === state.identity
          ? `${by} knows of position ${position}`
          : `${by} knows of position ${position} of another log`
      ),
    ...found.map((each) => `damage: ${each}`),
    ...(missing.length > 0 ? [`missing: ${events(sizeOf(missing))}, positions ${stretches(missing)}`] : []),
    ...streams.map(([stream, all]) => `${stream} has copies of ${events(all.length)} of these`),
    ...(lost.length > 0 ? [`no copy of ${events(sizeOf(lost))}: positions ${stretches(lost)}`] : []),
    ...(isWhole(inventory)
      ? ["the log is whole"]
      : [`without a gap, it goes up to position ${endOf(inventory)} of ${known}`])
  ]
}

/** What `rebuild` would do. */
export const rebuilding = ({ lost, missing }: Inventory): string => {
  if (missing.length === 0) return "Nothing is missing that could be put back."
  return lost.length > 0
    ? "It cannot be rebuilt, since some of its events have no copy: restore a backup, or accept it as far as it goes."
    : `rebuild puts back ${events(sizeOf(missing))}: positions ${stretches(missing)}.`
}

/** What `accept` would give up. */
export const accepting = (inventory: Inventory): string => {
  const end = endOf(inventory)
  const readable = inventory.known - end - sizeOf(inventory.missing)
  return (
    `accept ends the log at position ${end}: ${events(inventory.known - end)} behind it are given up` +
    `${readable > 0 ? `, of which ${readable} can still be read` : ""}. Whoever was told that they are stored is not told. ` +
    "Their positions are used again; views, automations and counts are derived again, and dead letters are dropped."
  )
}
