import { Effect, type Exit, Layer } from "effect"
import type { Board } from "#domain/model/index.ts"
import { type AppendError, EventLog } from "#layers/services/EventLog.ts"
import { inSpan, Tracing } from "./inSpan.ts"
import { isUnsampled, traceparentOfSpan } from "./traceContext.ts"

/** Outcomes of an append that are part of its work: the command is decided again, or ran before. */
const expectedFailures: ReadonlySet<string> = new Set(["VersionConflict", "PrecedingAppendFailed", "DuplicateCommand"])

/**
 * The log as it is, or with a span for each append, if spans are exported. The events get the trace context of that span, so that
 * what follows from them, in any process and at any time, belongs to its trace.
 */
export const layer = (board: Board.Any) =>
  Layer.effect(
    EventLog,
    Effect.gen(function* () {
      const log = yield* EventLog
      if (!(yield* Tracing)) return log
      const name = `send ${board.name}`
      const attributes = {
        "messaging.system": "nats",
        "messaging.destination.name": board.name,
        "messaging.operation.name": "publish",
        "messaging.operation.type": "send"
      }
      const describe = (exit: Exit.Exit<unknown, AppendError>) => {
        const reason = exit._tag === "Failure" ? exit.cause.reasons[0] : undefined
        const type = reason?._tag === "Fail" ? reason.error._tag : reason && "Defect"
        return type !== undefined && expectedFailures.has(type) ? undefined : type
      }
      const append: EventLog["Service"]["append"] = (expected, events, metadata, options) =>
        isUnsampled(metadata.traceparent)
          ? log.append(expected, events, metadata, options)
          : inSpan(
              {
                name,
                kind: "producer",
                attributes: { ...attributes, "messaging.batch.message_count": events.length },
                describe: (_, exit) => describe(exit)
              },
              (span) => log.append(expected, events, { ...metadata, traceparent: traceparentOfSpan(span) }, options)
            )
      return { ...log, append }
    })
  )
