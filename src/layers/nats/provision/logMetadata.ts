/** The metadata key of a log's identity: a backup includes it, a log that is created again gets a new one. */
export const logIdentityKey = "event-model-log"

/** The metadata key of the id of the restore that created a log; absent if none did. */
export const restoreIdKey = "event-model-restore"
