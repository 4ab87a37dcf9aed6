import { Effect, type Tracer } from "effect"
import type { Command } from "#domain/model/index.ts"
import type { CommandContext, Commands } from "#layers/commands/Commands.ts"
import { type CommandExit, type CommandOutcome, failureOf, outcomeOf } from "../metrics/commandOutcomes.ts"
import { inSpan } from "./inSpan.ts"
import { spanOf, traceparentOfSpan } from "./traceContext.ts"

/** `Commands.execute`, whatever the command. */
export type Execute = (
  command: Command.Any,
  request: unknown,
  context: CommandContext
) => ReturnType<Commands["Service"]["execute"]>

/** Outcomes that are no error of the app. A rejection is an answer. */
const errorOutcomes: ReadonlySet<CommandOutcome> = new Set(["contended", "unavailable", "failed"])

const describe = (span: Tracer.Span, exit: CommandExit): string | undefined => {
  const outcome = outcomeOf(exit)
  span.attribute("command.outcome", outcome)
  const failure = failureOf(exit)
  if (failure?._tag === "Refused") span.attribute("command.rejection", failure.rejection._tag)
  return errorOutcomes.has(outcome) ? outcome : undefined
}

/**
 * Runs each command in a span. Its parent is the request or the reaction that the command is a part of; without one, what the
 * caller's `traceparent` names. The events and the audit get the trace context of this span, or of one in it.
 */
export const traced =
  (execute: Execute): Execute =>
  (command, request, context) =>
    Effect.withFiber((fiber) => {
      const enclosing = fiber.cache.span
      const caller = spanOf(context.traceparent)
      const isOther = enclosing !== undefined && caller !== undefined && caller.traceId !== enclosing.traceId
      return inSpan(
        {
          name: `execute ${command.name}`,
          kind: "internal",
          isHiddenUnsampled: true,
          parent: enclosing ?? caller,
          ...(isOther && { links: [{ span: caller, attributes: {} }] }),
          attributes: { "command.name": command.name },
          describe
        },
        (span) => execute(command, request, { ...context, traceparent: traceparentOfSpan(span) })
      )
    })
