import { problems } from "#layers/http/problems/problemTypes.ts"

/** Problems of routes that need the counts of events. */
export const countProblems = [problems.StillCounting, problems.LogUnavailable, problems.StoreUnavailable]

/** Problems of routes that may read much of the log. */
export const scanProblems = [...countProblems, problems.TooBusy, problems.ScanTooLong]
