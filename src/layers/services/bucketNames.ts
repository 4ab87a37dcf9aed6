import { Name, type Slice } from "#domain/model/index.ts"

/** The bucket of a view: one for each version of its projection. */
export const bucketOf = ({ shows: { name, version = 1 } }: Slice.View<any, any>): string =>
  `${Name.kebab(name)}-v${version}`

/** The bucket of dead letters. It cannot be derived from the log. */
export const parkedBucket = "parked"

/** The bucket of the automations' checkpoints. */
export const checkpointsBucket = "checkpoints"

/** The bucket of the positions that an operator has declared void; besides it only the audit has them. */
export const voidedBucket = "voided"

/** The bucket of the counts of events, as of every 5,000th position. */
export const totalsBucket = "totals"

/** The key of a view's checkpoint in the bucket of its rows; no row has this name, since no token of a key has `_`. */
export const progressKey = "_position"
