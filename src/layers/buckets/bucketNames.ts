import { Name, type Slice } from "#domain/model/index.ts"

/** The bucket of a view: one for each version of its projection. */
export const bucketOf = ({ shows: { name, version = 1 } }: Slice.View<any, any>): string =>
  `${Name.kebab(name)}-v${version}`

/** The JetStream stream that stores a bucket (ADR-8). */
export const bucketStream = (bucket: string): string => `KV_${bucket}`

/** What the subjects of a bucket's entries have before the key. */
export const entryPrefix = (bucket: string): string => `$KV.${bucket}.`

/** The bucket of dead letters. They cannot be derived from the log. */
export const parkedBucket = "parked"

/** The bucket of the automations' checkpoints. */
export const checkpointsBucket = "checkpoints"

/** The bucket of the positions that an operator has declared void; only the audit has them, too. */
export const voidedBucket = "voided"

/** The bucket of the event counts at every 5,000th position. */
export const totalsBucket = "totals"

/** The bucket of the states that bound what a decision reads of a long event stream. They can be derived from the log. */
export const statesBucket = "states"

/** The key of a view's checkpoint in the bucket of its rows. No row has this key, since no token of a key contains `_`. */
export const progressKey = "_position"
