import type { Measure } from "../Measure.ts"
import { batch } from "./batch.ts"
import { bot } from "./bot.ts"
import { execute } from "./execute.ts"
import { growth } from "./growth.ts"
import { http, httpCommands } from "./http.ts"
import { memory } from "./memory.ts"
import { peers } from "./peers.ts"
import { rejection } from "./rejection.ts"
import { start, startAfterLoad } from "./start.ts"
import { telemetryMeasures } from "./telemetryCost.ts"
import { twoGuards } from "./twoGuards.ts"
import { underLoadMeasures } from "./underLoad.ts"
import { visible } from "./visible.ts"

/** The measures of the hotel, in the order of the table. */
export const hotelMeasures: ReadonlyArray<Measure<any>> = [
  execute,
  rejection,
  batch,
  twoGuards,
  ...telemetryMeasures,
  http,
  httpCommands,
  bot,
  visible,
  ...growth,
  ...underLoadMeasures,
  startAfterLoad,
  start,
  memory,
  ...peers
]
