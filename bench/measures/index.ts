import { hotelMeasures } from "../hotel/index.ts"
import type { Measure } from "../Measure.ts"
import { coldDecisions } from "./coldDecision.ts"
import { uncachedStream, cachedStream } from "./eventStream.ts"
import { hotStream } from "./hotStream.ts"
import { rebuild } from "./rebuild.ts"

/** All measures, in the order of the table. */
export const measures: ReadonlyArray<Measure<any>> = [
  cachedStream,
  uncachedStream,
  hotStream,
  ...coldDecisions,
  rebuild,
  ...hotelMeasures
]
