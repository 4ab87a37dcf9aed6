import { Clock, Effect } from "effect"
import { type Board, Command } from "#domain/model/index.ts"
import { digest, type Ids } from "#layers/services/Ids.ts"
import type { CommandContext } from "./Commands.ts"
import { type CommandStreams, commandStreams } from "./commandStreams.ts"
import { type CommandInvocation, derivedIds } from "./decider.ts"

export interface PreparedCommand {
  readonly streams: CommandStreams
  readonly invocation: Effect.Effect<CommandInvocation>
}

/**
 * Prepares the commands of a board. `streams` are known at once; `invocation` is made when the command gets its turn, whose
 * time is that of the decision.
 */
export const commandPreparer = (board: Board.Any, ids: Ids["Service"]) => {
  const resolveStreams = commandStreams(board)

  return Effect.fnUntraced(function* (command: Command.Any, request: unknown, context: CommandContext) {
    const { actor, authId, claims = {}, traceparent } = context
    const commandId = context.commandId ?? (yield* ids.fresh)
    const input = Command.inputOf(command, request, derivedIds(commandId, ids))
    const streams = yield* Effect.fromResult(resolveStreams(command, input))
    const invocation = Effect.map(Clock.currentTimeMillis, (time): CommandInvocation => {
      const metadata = {
        command: command.name,
        commandId,
        commandHash: digest([command.name, request]),
        actor,
        authId,
        correlationId: context.correlationId ?? streams.correlationId,
        causationId: context.causationId ?? commandId,
        time: new Date(time).toISOString(),
        traceparent
      }
      return { command, input, streams, metadata, claims, isRepeatable: context.commandId !== undefined }
    })
    const prepared: PreparedCommand = { streams, invocation }
    return prepared
  })
}
