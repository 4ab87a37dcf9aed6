import { Duration } from "effect"

/**
 * How long something has to be missing in a store of several nodes until it counts as lost. A leader that was just elected may
 * be behind, and one that is cut off from the others answers for 10 seconds before it steps down.
 */
export const staleLeaderTimeout = Duration.seconds(15)
