import { Context, Data, type Effect } from "effect"
import type { Command, Decision, Key } from "#domain/model/index.ts"
import type {
  LogFull,
  LogUnavailable,
  MessageTooLarge,
  UndecodableEvent,
  WriteRejected
} from "#layers/services/EventLog.ts"
import type { LogDamaged } from "#layers/services/Integrity.ts"
import type { DomainEvent } from "#layers/services/RecordedEvent.ts"
import type { TooManyRejections } from "#layers/services/RejectionLimit.ts"
import type { Receipt } from "./Receipt.ts"

/** Who asks, and as part of what. */
export interface CommandContext {
  readonly actor: string
  /** The caller's own id for this command: the same id is done once. Without it, a fresh one. */
  readonly commandId?: string | undefined
  /** Without it, the key of the place: `1_2022-12-12`; a UUID derived from the place where that has over 128 characters. */
  readonly correlationId?: string | undefined
  readonly causationId?: string | undefined
  readonly traceparent?: string | undefined
  /** A fact that is known to stand in the log: what is remembered of its place from before it is not looked at. */
  readonly after?: { readonly streamId: string; readonly position: number } | undefined
}

/** The command's own rules say no. It is answered, audited, and changes nothing. Not an Error: nothing went wrong. */
export class CommandRejected<R extends DomainEvent = DomainEvent> extends Data.TaggedClass("Refused")<{
  readonly rejection: R
  readonly correlationId: string
}> {}

/** The command id was taken before, by another command or another input. */
export class CommandIdReused extends Data.TaggedError("CommandIdReused")<{ readonly commandId: string }> {
  override get message() {
    return `The command id "${this.commandId}" was used for another command or another input. Take a fresh id for each.`
  }
}

/** Others kept changing the event stream, or too many waited for it before this command. Nothing was written. */
export class StreamContended extends Data.TaggedError("StreamContended")<{ readonly streamId: string }> {
  override get message() {
    return `Too many are changing ${this.streamId} at once. Nothing was written; try again in a moment.`
  }
}

type DecisionError = Decision.InvalidDecision | Decision.TooManyEvents

type CommandFailure =
  | CommandIdReused
  | StreamContended
  | LogDamaged
  | LogUnavailable
  | LogFull
  | TooManyRejections
  | UndecodableEvent
  | Key.InvalidKey
  | DecisionError
  | MessageTooLarge
  | WriteRejected

/** What a later try may mend, without anybody changing the board. Who follows the log waits for it. */
const transientTags: ReadonlySet<string> = new Set<CommandFailure["_tag"]>([
  "StreamContended",
  "LogDamaged",
  "LogFull",
  "LogUnavailable",
  "TooManyRejections"
])

/** Whether the same command may have another outcome the next time; the rest is not worth a retry. */
export const isTransient = ({ _tag }: { readonly _tag: string }): boolean => transientTags.has(_tag)

/** Runs the commands of a board. */
export class Commands extends Context.Service<
  Commands,
  {
    /** Looks, decides, leaps; answers with what stands in the log now, or the typed reason why not. */
    execute<C extends Command.Any>(
      command: C,
      input: Command.Input<C>,
      context: CommandContext
    ): Effect.Effect<Receipt, CommandRejected<Command.Rejection<C>> | CommandFailure>
    /** What it would decide now: the facts it would add, or its refusal. Writes nothing, looks at no command id. */
    dryRun<C extends Command.Any>(
      command: C,
      input: Command.Input<C>
    ): Effect.Effect<
      ReturnType<C["decide"]>,
      LogDamaged | LogUnavailable | UndecodableEvent | Key.InvalidKey | DecisionError
    >
  }
>()("layers/runtime/Commands") {}
