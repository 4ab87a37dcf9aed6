import type { Blueprint } from "../../../src/layers/contract/blueprintSchema.ts"
import type { Operations } from "../../../src/layers/contract/operationsSchema.ts"
import { call } from "../api/http.ts"
import { isOfLog, listen } from "../api/live.ts"
import { followParked } from "../api/parked.ts"
import { layout, modelOf } from "../layout/index.ts"
import { catchUp, knowRejections, measureRate, takeCounts, takeFact, takeRejections, takeTotals } from "./feed.ts"
import { followAddress } from "./history.ts"
import { failure, operations, status, wall } from "./state.ts"

const pollMillis = 2_000
const retryMillis = 1_000

const know = (now: Operations) => {
  isOfLog(now.log)
  operations.value = now
  knowRejections(now.rejections)
  return followParked(now)
}

const poll = async () => {
  if (!document.hidden) {
    const answer = await call<Operations>("/operations")
    failure.value = answer.ok ? undefined : answer.problem
    if (answer.ok) await know(answer.body)
  }
  setTimeout(poll, pollMillis)
}

/** Asks until the server answers: a wall may be opened before what it shows. */
const asked = async <A>(path: string): Promise<A> => {
  for (;;) {
    const answer = await call<A>(path)
    if (answer.ok) {
      failure.value = undefined
      return answer.body
    }
    failure.value = answer.problem
    await new Promise((resolve) => setTimeout(resolve, retryMillis))
  }
}

/** What a window leaves for the wall, less the lines above and below it, and a scroll bar. */
const place = () => ({ width: innerWidth - 24, height: Math.max(1, innerHeight - 124) })

/** Lays the board out for the window, now and whenever its size changes; a phone's address bar alone changes nothing. */
const addressBar = 120
const layOut = (board: Blueprint) => {
  let last = place()
  const now = () => {
    wall.value = { board, layout: layout(modelOf(board), last) }
  }
  now()
  let frame = 0
  addEventListener("resize", () => {
    cancelAnimationFrame(frame)
    frame = requestAnimationFrame(() => {
      const { height, width } = place()
      if (width === last.width && Math.abs(height - last.height) < addressBar) return
      last = { height, width }
      now()
    })
  })
}

/** Loads the board and how it stands, shows what the page's address names, and follows the log from there. */
export const start = async (): Promise<void> => {
  const board = await asked<Blueprint>("/blueprint.json")
  layOut(board)
  const now = await asked<Operations>("/operations")
  takeTotals(now)
  void know(now)
  followAddress()
  await catchUp()
  const events = { fact: takeFact, counts: takeCounts, rejections: takeRejections }
  listen(now, "", events).subscribe((value) => {
    status.value = value
  })
  setInterval(measureRate, 500)
  setTimeout(poll, pollMillis)
}
