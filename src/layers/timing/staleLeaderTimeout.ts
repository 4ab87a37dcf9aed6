import { Duration } from "effect"

/**
 * How long an entry has to be missing in a replicated store until it counts as lost. A leader that was just elected may be
 * behind, and one that is cut off from the others answers for 10 seconds before it steps down.
 */
export const staleLeaderTimeout = Duration.seconds(15)
