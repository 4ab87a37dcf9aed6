import { Context, Data, type Effect } from "effect"
import type { Command, Decision, Key } from "#domain/model/index.ts"
import type { LogFull, LogUnavailable, MessageTooLarge, Unreadable, WriteRejected } from "#layers/services/EventLog.ts"
import type { LogDamaged } from "#layers/services/Integrity.ts"
import type { Fact } from "#layers/services/RecordedEvent.ts"
import type { TooManyRefusals } from "#layers/services/RejectionLimit.ts"
import type { Receipt } from "./Receipt.ts"

/** Who asks, and as part of what. */
export interface About {
  readonly actor: string
  /** The caller's own id for this command: the same id is done once. Without it, a fresh one. */
  readonly commandId?: string | undefined
  /** Without it, the key of the place: `1_2022-12-12`; a UUID derived from the place where that has over 128 characters. */
  readonly correlationId?: string | undefined
  readonly causationId?: string | undefined
  readonly traceparent?: string | undefined
  /** A fact that is known to stand in the log: what is remembered of its place from before it is not looked at. */
  readonly after?: { readonly place: string; readonly position: number } | undefined
}

/** The command's own rules say no. It is answered, audited, and changes nothing. Not an Error: nothing went wrong. */
export class Refused<R extends Fact = Fact> extends Data.TaggedClass("Refused")<{
  readonly refusal: R
  readonly correlationId: string
}> {}

/** The command id was taken before, by another command or another input. */
export class CommandIdReused extends Data.TaggedError("CommandIdReused")<{ readonly commandId: string }> {
  override get message() {
    return `The command id "${this.commandId}" was used for another command or another input. Take a fresh id for each.`
  }
}

/** Others kept changing the event stream, or too many waited for it before this command. Nothing was written. */
export class Contended extends Data.TaggedError("Contended")<{ readonly place: string }> {
  override get message() {
    return `Too many are changing ${this.place} at once. Nothing was written; try again in a moment.`
  }
}

type DecisionError = Decision.InvalidDecision | Decision.TooManyEvents

type Failure =
  | CommandIdReused
  | Contended
  | LogDamaged
  | LogUnavailable
  | LogFull
  | TooManyRefusals
  | Unreadable
  | Key.InvalidKey
  | DecisionError
  | MessageTooLarge
  | WriteRejected

/** What a later try may mend, without anybody changing the board. Who follows the log waits for it. */
const passing: ReadonlySet<string> = new Set([
  "Contended",
  "LogDamaged",
  "LogFull",
  "LogUnavailable",
  "TooManyRefusals"
])

/** Whether the same command may have another outcome the next time; the rest is not worth a retry. */
export const isPassing = ({ _tag }: { readonly _tag: string }): boolean => passing.has(_tag)

/** Runs the commands of a board. */
export class Commands extends Context.Service<
  Commands,
  {
    /** Looks, decides, leaps; answers with what stands in the log now, or the typed reason why not. */
    execute<C extends Command.Any>(
      command: C,
      input: Command.Input<C>,
      about: About
    ): Effect.Effect<Receipt, Refused<Command.Refusal<C>> | Failure>
    /** What it would decide now: the facts it would add, or its refusal. Writes nothing, looks at no command id. */
    dryRun<C extends Command.Any>(
      command: C,
      input: Command.Input<C>
    ): Effect.Effect<ReturnType<C["decide"]>, LogDamaged | LogUnavailable | Unreadable | Key.InvalidKey | DecisionError>
  }
>()("layers/runtime/Commands") {}
