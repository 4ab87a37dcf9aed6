import { aheadCheckpoint } from "./aheadCheckpoint.ts"
import { batchBurst } from "./batchBurst.ts"
import { blockApp } from "./blockApp.ts"
import { cutBlock } from "./cutBlock.ts"
import { cutMidFrame } from "./cutMidFrame.ts"
import { deletedRow, overwrittenRow } from "./damagedRows.ts"
import { deleteBucket } from "./deleteBucket.ts"
import { deleteConsumer } from "./deleteConsumer.ts"
import { dieAtFaults } from "./dieAt.ts"
import { diskFull } from "./diskFull.ts"
import { endApp } from "./endApp.ts"
import type { Fault } from "./Fault.ts"
import { freezeApp } from "./freezeApp.ts"
import { freezeNode } from "./freezeNode.ts"
import { halfOpen } from "./halfOpen.ts"
import { killAll } from "./killAll.ts"
import { killApp } from "./killApp.ts"
import { killLeader } from "./killLeader.ts"
import { killNode } from "./killNode.ts"
import { lameDuck } from "./lameDuck.ts"
import { loadSpike } from "./loadSpike.ts"
import { lostAcknowledgement } from "./lostAcknowledgement.ts"
import { noDedupeWindow } from "./noDedupeWindow.ts"
import { partition } from "./partition.ts"
import { rollingRestart } from "./rollingRestart.ts"
import { secondApp } from "./secondApp.ts"
import { slowLink } from "./slowLink.ts"
import { undecodableEvent, unknownEvent } from "./undecodableEvent.ts"

/** All faults. */
export const faults: ReadonlyArray<Fault> = [
  killNode,
  killLeader,
  killAll,
  freezeNode,
  rollingRestart,
  lameDuck,
  partition,
  diskFull,
  deleteConsumer,
  deleteBucket,
  cutBlock,
  aheadCheckpoint,
  deletedRow,
  overwrittenRow,
  noDedupeWindow,
  unknownEvent,
  undecodableEvent,
  secondApp,
  killApp,
  endApp,
  freezeApp,
  blockApp,
  ...dieAtFaults,
  halfOpen,
  lostAcknowledgement,
  slowLink,
  cutMidFrame,
  batchBurst,
  loadSpike
]
