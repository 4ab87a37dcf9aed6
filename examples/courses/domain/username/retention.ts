import type { DateTime } from "effect"
import type { Projection } from "#domain/model/index.ts"
import { isWithin } from "../Timestamp.ts"
import type { UsernameClaim } from "./UsernameClaim.ts"

/** How long nobody else may have a name that was given up: a month. The published example has three days. */
const retentionPeriod = "30 days"

/** Whether nobody may take a name: an account has it, or it was given up not long ago. */
export const isClaimed = (
  { givenUpAt, hasAccount }: Projection.State<typeof UsernameClaim>,
  now: DateTime.Utc
): boolean => hasAccount || (givenUpAt !== undefined && isWithin(retentionPeriod, givenUpAt, now))
