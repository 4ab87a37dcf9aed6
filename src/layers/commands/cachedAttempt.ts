import { Effect } from "effect"
import { emptyStream } from "#layers/services/EventLog.ts"
import type { AttemptDependencies } from "./commandAttempts.ts"
import type { CommandStreams, StreamRef } from "./commandStreams.ts"
import { type CommandInvocation, type decider, isEvents, type Known } from "./decider.ts"
import type { StateAppender } from "./stateAppender.ts"
import type { KnownStream, MinPosition, stateLoader } from "./stateLoader.ts"

/** The most appends to an event stream that are queued: as many messages as a batch has. */
const maxQueuedAppends = 128

interface CachedAttemptDependencies extends Pick<AttemptDependencies, "cache" | "check" | "initialStates" | "queued"> {
  readonly append: StateAppender
  readonly decide: ReturnType<typeof decider>["decide"]
  readonly refresh: ReturnType<typeof stateLoader>["refresh"]
}

const hasStates = (known: KnownStream | undefined, { projections }: StreamRef): known is KnownStream =>
  known !== undefined && projections.every((each) => known.states.has(each))

/**
 * Attempts to decide a command on cached states, or on those after appends that are queued, and to append its events. Returns
 * `undefined` if the log has to be read: the cache is not usable, or the command does not succeed on it.
 */
export const cachedAttempt = (dependencies: CachedAttemptDependencies) => {
  const { append, cache, check, decide, initialStates, queued, refresh } = dependencies
  /** The trusted event streams whose cached states may not be used at a time. */
  const outdated = ({ trusted }: CommandStreams, now: number) =>
    trusted.filter((stream) => !hasStates(cache.fresh(stream.text, now), stream))

  const cachedStreams = ({ expected, trusted }: CommandStreams): ReadonlyMap<string, KnownStream> | undefined => {
    const found = new Map<string, KnownStream>()
    for (const stream of expected) {
      // A cache miss is treated as an empty event stream; the version check of `append` rejects a wrong guess.
      const newest = queued.newest(stream.text) ?? cache.get(stream.text)
      const known = newest ?? { ...emptyStream, states: initialStates(stream.id) }
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

  const decideFromCache = (invocation: CommandInvocation, leaveQueue: () => void) => {
    const { command, streams } = invocation
    const cached = cachedStreams(streams)
    if (cached === undefined) return Effect.undefined
    const known: Known = ({ text }) => cached.get(text)!
    const decision = decide(invocation, known)
    if (!isEvents(decision) || decision.length === 0 || check(command, streams.guarded, decision))
      return Effect.undefined
    return append(invocation, known, decision, leaveQueue)
  }

  return Effect.fnUntraced(function* (
    invocation: CommandInvocation,
    now: number,
    minPosition: MinPosition,
    leaveQueue: () => void
  ) {
    const { streams } = invocation
    const hasMany = ({ text }: StreamRef) => queued.countOf(text) >= maxQueuedAppends
    if (streams.expected.some(hasMany)) yield* queued.settled(streams.expected)
    const trusted = outdated(streams, now)
    // If the others are not cached, all of them are read at once.
    const isKnown = (stream: StreamRef) => hasStates(queued.newest(stream.text) ?? cache.get(stream.text), stream)
    if (trusted.length > 0 && !streams.expected.every(isKnown)) return undefined
    if (trusted.length > 0) yield* refresh(trusted, minPosition)
    return yield* decideFromCache(invocation, leaveQueue)
  })
}
