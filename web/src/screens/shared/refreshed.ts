import { signal } from "@preact/signals"
import type { Rows } from "../../../../src/layers/blueprint/operations.ts"
import type { Seen } from "../../../../src/layers/blueprint/seen.ts"
import { call, type Problem } from "../../api/http.ts"
import { listen, type Status } from "../../api/live.ts"

const restMillis = 120
const retryMillis = 1_500

export const status = signal<Status>("connecting")
export const trouble = signal<Problem>()

/**
 * Keeps something fresh: asks for it now, again after facts of these lanes, and again when the page asks. What is asked for
 * answers with the position it knows.
 */
export const refreshed = (lanes: ReadonlyArray<string>, ask: (after: number) => Promise<number | Problem>) => {
  let timer: ReturnType<typeof setTimeout> | undefined
  let newest = 0
  let listening = false
  let again = false
  let busy = false

  const run = async (): Promise<void> => {
    timer = undefined
    if (busy) {
      again = true
      return
    }
    busy = true
    const answer = await ask(newest)
    busy = false
    if (typeof answer !== "number") {
      trouble.value = answer
      timer ??= setTimeout(run, retryMillis)
      return
    }
    trouble.value = undefined
    if (!listening) follow(answer)
    if (again) {
      again = false
      soon()
    }
  }

  const soon = () => {
    timer ??= setTimeout(run, restMillis)
  }

  const follow = (position: number) => {
    listening = true
    const moved = (to: number) => {
      newest = Math.max(newest, to)
      soon()
    }
    const query = lanes.map((lane) => `&lane=${lane}`).join("")
    listen(position, query, {
      fact: (fact: Seen) => moved(fact.position),
      counts: (counts) => moved(counts.position)
    }).subscribe((value) => {
      status.value = value
    })
  }

  void run()
  return { now: () => void run() }
}

export const rowsOf = <Row>(path: string) => call<Omit<Rows, "rows"> & { readonly rows: ReadonlyArray<Row> }>(path)
