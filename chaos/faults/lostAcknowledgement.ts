import { partsOf } from "../proxy/frames.ts"
import { type Fault, frameFault } from "./Fault.ts"

/** Whether a body is JetStream's acknowledgement of a stored publish. */
const isAcknowledgement = (body: Buffer) => body.subarray(0, 10).toString("latin1") === '{"stream":'

export const lostAcknowledgement: Fault = {
  name: "lost-acknowledgements",
  title: "an app's writes are stored, and half of the acknowledgements are lost",
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
