import { partsOf } from "../proxy/frames.ts"
import { type Fault, frameFault } from "./Fault.ts"

/** JetStream's answer to a publication that was stored. */
const isAcknowledgement = (body: Buffer) => body.subarray(0, 10).toString("latin1") === '{"stream":'

export const lostAcknowledgement: Fault = {
  name: "lost-acknowledgements",
  title: "what an app writes is stored, and half of the answers are lost",
  target: "app",
  durationSeconds: [1, 4],
  inject: frameFault(() => {
    let turn = 0
    return (frame, direction) => {
      const isAnswer = direction === "toClient" && (frame.op === "MSG" || frame.op === "HMSG")
      return isAnswer && isAcknowledgement(partsOf(frame).body) && turn++ % 2 === 0 ? undefined : frame.bytes
    }
  })
}
