import type { StreamConfig } from "@nats-io/jetstream"
import { logIdentityKey } from "#layers/nats/provision/logMetadata.ts"

/**
 * The log that the contents of a derived stream (a lane, the audit, a bucket) come from. It is stored in the stream's
 * metadata, since a copied message names its source stream and not the log: a log that was accepted at a shorter
 * length, or another log of the same name, assigns positions again that earlier copies already have.
 */
interface Lineage {
  /** The identity of the log; undefined where none is stored yet. */
  readonly log: string | undefined
  /**
   * Where the log was shortened or replaced, oldest first: copies up to sequence `upTo` are valid only if their
   * position is at most `keptPosition`.
   */
  readonly cuts: ReadonlyArray<Cut>
}

interface Cut {
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

/** The metadata of a stream with another lineage; other entries are kept. */
export const withLineage = ({ metadata }: WithMetadata, { cuts, log }: Lineage & { readonly log: string }) => ({
  ...metadata,
  [logIdentityKey]: log,
  [cutsKey]: cuts.map(({ keptPosition, upTo }) => `${upTo}:${keptPosition}`).join()
})

/** Whether the copy at a sequence is valid: of an event that the log has, or has had since the last cut. */
export const isValidCopy = ({ cuts }: Lineage, sequence: number, position: number): boolean =>
  cuts.every(({ keptPosition, upTo }) => sequence > upTo || position <= keptPosition)
