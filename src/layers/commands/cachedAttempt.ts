import { Effect } from "effect"
import { emptyStream } from "#layers/services/EventLog.ts"
import type { AttemptDependencies, StateAppender } from "./commandAttempts.ts"
import type { CommandStreams, StreamRef } from "./commandStreams.ts"
import { type CommandInvocation, type decider, isEvents, type Known } from "./decider.ts"
import type { KnownStream, MinPosition, stateLoader } from "./stateLoader.ts"

interface CachedAttemptDependencies extends Pick<AttemptDependencies, "cache" | "check" | "initialStates"> {
  readonly append: StateAppender
  readonly decide: ReturnType<typeof decider>["decide"]
  readonly refresh: ReturnType<typeof stateLoader>["refresh"]
}

const hasStates = (known: KnownStream | undefined, { projections }: StreamRef): known is KnownStream =>
  known !== undefined && projections.every((each) => known.states.has(each))

/**
 * Attempts to decide a command on cached states and to append its events. Returns `undefined` if the log has to be read: the
 * cache is not usable, or the command does not succeed on it.
 */
export const cachedAttempt = ({ append, cache, check, decide, initialStates, refresh }: CachedAttemptDependencies) => {
  /** The trusted event streams whose cached states may not be used at a time. */
  const outdated = ({ trusted }: CommandStreams, now: number) =>
    trusted.filter((stream) => !hasStates(cache.fresh(stream.text, now), stream))

  const cachedStreams = ({ expected, trusted }: CommandStreams): ReadonlyMap<string, KnownStream> | undefined => {
    const found = new Map<string, KnownStream>()
    for (const stream of expected) {
      // A cache miss is treated as an empty event stream; the version check of `append` rejects a wrong guess.
      const known = cache.get(stream.text) ?? { ...emptyStream, states: initialStates(stream.id) }
      if (!hasStates(known, stream)) return undefined
      found.set(stream.text, known)
    }
    for (const stream of trusted) {
      const known = cache.get(stream.text)
      if (!hasStates(known, stream)) return undefined
      found.set(stream.text, known)
    }
    return found
  }

  const decideFromCache = (invocation: CommandInvocation) => {
    const { command, streams } = invocation
    const cached = cachedStreams(streams)
    if (cached === undefined) return Effect.undefined
    const known: Known = ({ text }) => cached.get(text)!
    const decision = decide(invocation, known)
    if (!isEvents(decision) || decision.length === 0 || check(command, streams.guarded, decision))
      return Effect.undefined
    return append(invocation, known, decision).pipe(
      Effect.catchTag(
        ["VersionConflict", "DuplicateCommand", "LogUnavailable", "MessageTooLarge"],
        () => Effect.undefined
      )
    )
  }

  return (invocation: CommandInvocation, now: number, minPosition: MinPosition) => {
    const { streams } = invocation
    const trusted = outdated(streams, now)
    if (trusted.length === 0) return decideFromCache(invocation)
    // If the others are not cached, all of them are read at once.
    if (!streams.expected.every((stream) => hasStates(cache.get(stream.text), stream))) return Effect.undefined
    return Effect.flatMap(refresh(trusted, minPosition), () => decideFromCache(invocation)).pipe(
      Effect.catchTag(["LogUnavailable", "UndecodableEvent"], () => Effect.undefined)
    )
  }
}
