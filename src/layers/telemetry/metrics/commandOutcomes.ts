import { Cause, Exit } from "effect"
import type { Effect } from "effect"
import type { Commands } from "#layers/commands/Commands.ts"

/**
 * How a command ended. `accepted`: its events are stored. `duplicate`: it ran before. `unchanged`: it had nothing to do.
 * `rejected`: a rule said no. `invalid`: the request is wrong. `limited`: too many rejections of this caller. `contended`: other
 * commands kept changing its event streams. `unavailable`: the log did not answer, is full or damaged. `failed`: a defect, or an
 * error that an operator has to fix. `interrupted`: the caller went away, or the app stops.
 */
export const commandOutcomes = [
  "accepted",
  "duplicate",
  "unchanged",
  "rejected",
  "invalid",
  "limited",
  "contended",
  "unavailable",
  "failed",
  "interrupted"
] as const
export type CommandOutcome = (typeof commandOutcomes)[number]

type Executed = ReturnType<Commands["Service"]["execute"]>
type Failure = Effect.Error<Executed>

/** The exit of a command. */
export type CommandExit = Exit.Exit<Effect.Success<Executed>, Failure>

const outcomeByTag: Readonly<Record<Failure["_tag"], CommandOutcome>> = {
  Refused: "rejected",
  CommandIdReused: "invalid",
  InvalidKey: "invalid",
  MessageTooLarge: "invalid",
  TooManyEvents: "invalid",
  TooManyRejections: "limited",
  StreamContended: "contended",
  LogUnavailable: "unavailable",
  LogFull: "unavailable",
  LogDamaged: "unavailable",
  UndecodableEvent: "failed",
  InvalidDecision: "failed",
  WriteRejected: "failed"
}

/** The typed failure of a command; undefined if it succeeded, was interrupted, or has a defect. */
export const failureOf = (exit: CommandExit): Failure | undefined =>
  Exit.isFailure(exit) ? (exit.cause.reasons.find(Cause.isFailReason)?.error as Failure | undefined) : undefined

export const outcomeOf = (exit: CommandExit): CommandOutcome => {
  if (Exit.isSuccess(exit)) {
    const { duplicate, facts } = exit.value
    if (duplicate) return "duplicate"
    return facts.length > 0 ? "accepted" : "unchanged"
  }
  const failure = failureOf(exit)
  if (failure) return outcomeByTag[failure._tag]
  return Cause.hasInterruptsOnly(exit.cause) ? "interrupted" : "failed"
}
