import type { Observations } from "#layers/services/Observer.ts"
import { inSpan } from "./inSpan.ts"
import { spanOf, traceparentOfSpan } from "./traceContext.ts"

/** Runs the reaction of an automation to an event in a span whose parent is the append of that event. */
export const reactionSpan: Observations["reaction"] = (automation, event, react) =>
  inSpan(
    {
      name: `process ${automation}`,
      kind: "consumer",
      parent: spanOf(event.traceparent),
      attributes: {
        "messaging.system": "nats",
        "messaging.destination.name": event.event._tag,
        "messaging.operation.name": "process",
        "messaging.operation.type": "process",
        "messaging.message.conversation_id": event.correlationId,
        "messaging.message.id": event.id
      }
    },
    (span) => react(traceparentOfSpan(span))
  )
