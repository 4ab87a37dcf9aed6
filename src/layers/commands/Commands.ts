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

/** The caller of a command, its ids and its cause. */
export interface CommandContext {
  readonly actor: string
  /** What is proved about the caller, such as `{ client: "7" }`: see `Actor.Identity`. By default nothing. */
  readonly claims?: Readonly<Record<string, string>> | undefined
  /** Who the caller is at the issuer of their token, for the audit. */
  readonly authId?: string | undefined
  /** The caller's id for this command; repeated, the command runs only once. By default a fresh id. */
  readonly commandId?: string | undefined
  /**
   * By default the key of the first guarded event stream, `1_2022-12-12`, or a UUID derived from the stream's id if the key has
   * more than 128 characters.
   */
  readonly correlationId?: string | undefined
  readonly causationId?: string | undefined
  readonly traceparent?: string | undefined
  /** An event that is known to be in the log: cached states of its event stream from before it are not used. */
  readonly after?: { readonly streamId: string; readonly position: number } | undefined
}

/** A rule of the command rejected it. It is audited, answered and changes nothing. Not an Error: nothing went wrong. */
export class CommandRejected<R extends DomainEvent = DomainEvent> extends Data.TaggedClass("Refused")<{
  readonly rejection: R
  readonly correlationId: string
}> {}

/** The command id was used before, by another command or with another input. */
export class CommandIdReused extends Data.TaggedError("CommandIdReused")<{ readonly commandId: string }> {
  override get message() {
    return `The command id "${this.commandId}" was used for another command or another input. Use a fresh id for each command.`
  }
}

/** Other commands kept changing an event stream, or too many of them were in its queue. Nothing was written. */
export class StreamContended extends Data.TaggedError("StreamContended")<{
  /** The first event stream that the command guards. */
  readonly streamId: string
}> {
  override get message() {
    return `Too many commands are changing ${this.streamId} at once. Nothing was written; try again in a moment.`
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

/** The errors that may disappear without a change of the board. Automations retry them. */
const transientTags: ReadonlySet<string> = new Set<CommandFailure["_tag"]>([
  "StreamContended",
  "LogDamaged",
  "LogFull",
  "LogUnavailable",
  "TooManyRejections"
])

/** Whether a retry of the same command may have another outcome. */
export const isTransient = ({ _tag }: { readonly _tag: string }): boolean => transientTags.has(_tag)

/** Runs the commands of a board. */
export class Commands extends Context.Service<
  Commands,
  {
    /** Loads, decides, appends. Returns the receipt of the events, also for a duplicate. */
    execute<C extends Command.Any>(
      command: C,
      request: Command.Request<C>,
      context: CommandContext
    ): Effect.Effect<Receipt, CommandRejected<Command.Rejection<C>> | CommandFailure>
    /** The events that the command would append now, or its rejection. Writes nothing and checks no command id. */
    dryRun<C extends Command.Any>(
      command: C,
      request: Command.Request<C>,
      caller: Pick<CommandContext, "actor" | "claims">
    ): Effect.Effect<
      ReturnType<C["decide"]>,
      LogDamaged | LogUnavailable | UndecodableEvent | Key.InvalidKey | DecisionError
    >
  }
>()("layers/commands/Commands") {}
