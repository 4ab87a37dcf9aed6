import { DateTime, Effect } from "effect"
import type { Command } from "#domain/model/index.ts"
import { deriveId, type Ids } from "#layers/services/Ids.ts"
import type { DomainEvent, EventMetadata } from "#layers/services/RecordedEvent.ts"
import type { CommandStreams, StreamRef } from "./commandStreams.ts"
import type { KnownStream, LoadedStream } from "./stateLoader.ts"

/** A command with its input, event streams and metadata. */
export interface CommandInvocation {
  readonly command: Command.Any
  readonly input: unknown
  readonly streams: CommandStreams
  readonly metadata: EventMetadata
  /** Whether the caller gave the command's id, and may repeat it. */
  readonly isRepeatable: boolean
  /** What is proved about the caller. */
  readonly claims: Readonly<Record<string, string>>
}

export type AnyDecision = Command.Decision<DomainEvent, DomainEvent>

export const isEvents = (decision: AnyDecision): decision is ReadonlyArray<DomainEvent> => Array.isArray(decision)

const isAccepted = (decision: AnyDecision): boolean => isEvents(decision) && decision.length > 0

export type Known = (stream: StreamRef) => KnownStream

/** The ids that derive from a command's id. */
export const derivedIds = (commandId: string, { secret }: Pick<Ids["Service"], "secret">): Command.Ids => ({
  id: (purpose) => deriveId(`${commandId}/${purpose}`),
  secret: (purpose) => secret(`${commandId}/${purpose}`)
})

/** What `decide` may know beside the state and the input of a command. */
export const contextOf = (
  { actor, commandId, time }: Pick<EventMetadata, "actor" | "commandId" | "time">,
  claims: CommandInvocation["claims"],
  { secret }: Pick<Ids["Service"], "secret">
): Command.Context => {
  return { now: DateTime.makeUnsafe(time), actor: { name: actor, claims }, ids: derivedIds(commandId, { secret }) }
}

/** Runs the `decide` of commands. */
export const decider = (ids: Ids["Service"]) => {
  const decide = ({ claims, command, input, metadata, streams }: CommandInvocation, known: Known): AnyDecision => {
    const states = streams.states((stream, projection) => known(stream).states.get(projection))
    return command.decide(states, input, contextOf(metadata, claims, ids))
  }

  /**
   * Decides a command on event streams that `load` reads. Several event streams are not read at one moment, so they are read
   * again until no version has changed in between: only then did that state of the log exist. Events need no such proof,
   * since the log checks the versions when they are appended; nor does what is trusted beside a single event stream, since it
   * may be older anyway.
   */
  const decideOn = Effect.fnUntraced(function* <E>(
    invocation: CommandInvocation,
    load: Effect.Effect<ReadonlyArray<LoadedStream>, E>
  ) {
    const isSingle = invocation.streams.expected.length === 1
    for (let loaded = yield* load; ;) {
      const byText = new Map(loaded.map((each) => [each.stream.text, each]))
      const known: Known = ({ text }) => byText.get(text)!
      const decision = decide(invocation, known)
      if (isSingle || isAccepted(decision)) return { decision, known, loaded }
      const again: ReadonlyArray<LoadedStream> = yield* load
      if (again.every(({ position }, n) => position === loaded[n]!.position)) return { decision, known, loaded }
      loaded = again
    }
  })

  return { decide, decideOn }
}
