import { Effect } from "effect"
import { partsOf } from "../proxy/frames.ts"
import { anyApp, type Fault, until } from "./Fault.ts"

/** JetStream's answer to a publication that was stored. */
const isAcknowledgement = (body: Buffer) => body.subarray(0, 10).toString("latin1") === '{"stream":'

export const lostAcknowledgement: Fault = {
  name: "lost-acknowledgements",
  title: "what an app writes is stored, and half of the answers are lost",
  hits: "app",
  lasts: [1, 4],
  inject: Effect.fnUntraced(function* (world) {
    const { name, links } = yield* anyApp(world)
    let turn = 0
    yield* until(
      () => {
        for (const { conditions } of links) {
          conditions.frame = (frame, direction) => {
            const isAnswer = direction === "toClient" && (frame.op === "MSG" || frame.op === "HMSG")
            return isAnswer && isAcknowledgement(partsOf(frame).body) && turn++ % 2 === 0 ? undefined : frame.bytes
          }
        }
      },
      () => links.forEach(({ conditions }) => (conditions.frame = undefined))
    )
    return name
  })
}
