import type { StreamConfig } from "@nats-io/jetstream"
import { logIdentityKey } from "#layers/nats/provision/provision.ts"

/**
 * Which log the contents of a derived stream (a lane, the audit, a bucket) come from. It is kept in the stream's metadata,
 * since a copied message names the stream it comes from, and not the log: a shorter log that was accepted, or another log of
 * the same name, hands out positions again that the copies in front of it have already.
 */
export interface Lineage {
  /** The identity of the log; undefined where none is stored yet. */
  readonly log: string | undefined
  /** Where the log was taken back, oldest first: copies up to sequence `upTo` count only if their position is at most `kept`. */
  readonly cuts: ReadonlyArray<Cut>
}

export interface Cut {
  readonly upTo: number
  readonly keptPosition: number
}

const cutsKey = "event-model-log-cuts"

type WithMetadata = Pick<StreamConfig, "metadata">

export const lineageOf = ({ metadata = {} }: WithMetadata): Lineage => ({
  log: metadata[logIdentityKey],
  cuts: (metadata[cutsKey] ?? "")
    .split(",")
    .filter(Boolean)
    .map((cut) => {
      const [upTo = 0, keptPosition = 0] = cut.split(":").map(Number)
      return { upTo, keptPosition }
    })
})

/** The metadata of a stream with another lineage; what else stands there stays. */
export const withLineage = ({ metadata }: WithMetadata, { cuts, log }: Lineage & { readonly log: string }) => ({
  ...metadata,
  [logIdentityKey]: log,
  [cutsKey]: cuts.map(({ keptPosition, upTo }) => `${upTo}:${keptPosition}`).join()
})

/** Whether the copy at a sequence is of an event that the log has, or has had since it was last taken back. */
export const isValidCopy = ({ cuts }: Lineage, sequence: number, position: number): boolean =>
  cuts.every(({ keptPosition, upTo }) => sequence > upTo || position <= keptPosition)
