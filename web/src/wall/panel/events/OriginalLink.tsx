import type { EventPage, EventView } from "../../../../../src/layers/contract/eventSchema.ts"
import { call } from "../../../api/httpClient.ts"
import { subject } from "../../wallState.ts"

/** A link from a copy to its original, which is before it in the log. */
export const OriginalLink = ({ copy }: { readonly copy: EventView }) => {
  const open = async () => {
    const answer = await call<EventPage>(
      `/facts?limit=1&id=${encodeURIComponent(copy.copyof!)}&before=${copy.position}`
    )
    const [original] = answer.ok ? answer.body.facts : []
    subject.value = original
      ? { kind: "recorded", position: original.position }
      : { kind: "missing", why: answer.ok ? "The original is not in the log." : answer.problem.detail }
  }
  return (
    <button type="button" class="small" onClick={() => void open()}>
      original
    </button>
  )
}
