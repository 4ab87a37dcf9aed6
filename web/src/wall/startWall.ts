import type { Blueprint } from "../../../src/layers/contract/blueprintSchema.ts"
import type { Operations } from "../../../src/layers/contract/operationsSchema.ts"
import { refreshDeadLetters } from "../api/deadLetterApi.ts"
import { call } from "../api/httpClient.ts"
import { reloadOnOtherLog, listen } from "../api/serverEvents.ts"
import { layout, modelOf } from "../layout/index.ts"
import {
  catchUp,
  setRejections,
  measureRate,
  applyCounts,
  receiveEvent,
  receiveRejections,
  applyTotals
} from "./feed.ts"
import { followAddress } from "./wallHistory.ts"
import { loadProblem, operations, status, wall } from "./wallState.ts"

const pollMillis = 2_000
const retryMillis = 1_000

const applyOperations = (now: Operations) => {
  reloadOnOtherLog(now.log)
  operations.value = now
  setRejections(now.rejections)
  return refreshDeadLetters(now)
}

const poll = async () => {
  if (!document.hidden) {
    const answer = await call<Operations>("/operations")
    loadProblem.value = answer.ok ? undefined : answer.problem
    if (answer.ok) await applyOperations(answer.body)
  }
  setTimeout(poll, pollMillis)
}

/** Requests until the server answers: the page may be open before the server is ready. */
const fetchUntilOk = async <A>(path: string): Promise<A> => {
  for (;;) {
    const answer = await call<A>(path)
    if (answer.ok) {
      loadProblem.value = undefined
      return answer.body
    }
    loadProblem.value = answer.problem
    await new Promise((resolve) => setTimeout(resolve, retryMillis))
  }
}

/** The size of the window without the header, the footer and a scroll bar, in pixels. */
const viewport = () => ({ width: innerWidth - 24, height: Math.max(1, innerHeight - 124) })

/** A change of height below this is a phone's address bar, which does not lay out the board again. */
const addressBarHeight = 120
/** Lays out the board for the window, now and whenever its size changes. */
const layOut = (board: Blueprint) => {
  let last = viewport()
  const now = () => {
    wall.value = { board, layout: layout(modelOf(board), last) }
  }
  now()
  let frame = 0
  addEventListener("resize", () => {
    cancelAnimationFrame(frame)
    frame = requestAnimationFrame(() => {
      const { height, width } = viewport()
      if (width === last.width && Math.abs(height - last.height) < addressBarHeight) return
      last = { height, width }
      now()
    })
  })
}

/** Loads the board and its status, applies the page's address, and follows the log from there. */
export const start = async (): Promise<void> => {
  const board = await fetchUntilOk<Blueprint>("/blueprint.json")
  layOut(board)
  const now = await fetchUntilOk<Operations>("/operations")
  applyTotals(now)
  void applyOperations(now)
  followAddress()
  await catchUp()
  const events = { onEvent: receiveEvent, onCounts: applyCounts, onRejections: receiveRejections }
  listen(now, "", events).subscribe((value) => {
    status.value = value
  })
  setInterval(measureRate, 500)
  setTimeout(poll, pollMillis)
}
