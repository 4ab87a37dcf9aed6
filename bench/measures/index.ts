import type { Measure } from "../Measure.ts"
import { batch } from "./batch.ts"
import { bot } from "./bot.ts"
import { coldDecisions } from "./coldDecision.ts"
import { uncachedStream, cachedStream } from "./eventStream.ts"
import { execute } from "./execute.ts"
import { growth } from "./growth.ts"
import { hotStream } from "./hotStream.ts"
import { http, httpCommands } from "./http.ts"
import { memory } from "./memory.ts"
import { peers } from "./peers.ts"
import { rebuild } from "./rebuild.ts"
import { rejection } from "./rejection.ts"
import { start, startAfterLoad } from "./start.ts"
import { twoGuards } from "./twoGuards.ts"
import { underLoadMeasures } from "./underLoad.ts"
import { visible } from "./visible.ts"

/** All measures, in the order of the table. */
export const measures: ReadonlyArray<Measure<any>> = [
  execute,
  cachedStream,
  uncachedStream,
  rejection,
  batch,
  twoGuards,
  hotStream,
  ...coldDecisions,
  http,
  httpCommands,
  bot,
  visible,
  rebuild,
  ...growth,
  ...underLoadMeasures,
  startAfterLoad,
  start,
  memory,
  ...peers
]
