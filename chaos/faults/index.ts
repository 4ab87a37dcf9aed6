import { aheadCheckpoint } from "./aheadCheckpoint.ts"
import { blockApp } from "./blockApp.ts"
import { burst } from "./burst.ts"
import { cutBlock } from "./cutBlock.ts"
import { cutMidFrame } from "./cutMidFrame.ts"
import { deletedRow, overwrittenRow } from "./damagedRow.ts"
import { deleteBucket } from "./deleteBucket.ts"
import { deleteConsumer } from "./deleteConsumer.ts"
import { fatal } from "./dieAt.ts"
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
import { lostAcknowledgement } from "./lostAcknowledgement.ts"
import { noDedupeWindow } from "./noDedupeWindow.ts"
import { partition } from "./partition.ts"
import { rollingRestart } from "./rollingRestart.ts"
import { rush } from "./rush.ts"
import { secondApp } from "./secondApp.ts"
import { slowLink } from "./slowLink.ts"
import { poisonFact, unknownFact } from "./strangeFact.ts"

/** All that can go wrong. */
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
  unknownFact,
  poisonFact,
  secondApp,
  killApp,
  endApp,
  freezeApp,
  blockApp,
  ...fatal,
  halfOpen,
  lostAcknowledgement,
  slowLink,
  cutMidFrame,
  burst,
  rush
]
