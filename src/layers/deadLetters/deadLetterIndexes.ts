import type { StoredDeadLetter } from "./DeadLetter.ts"

const byConsumerAndPosition = (a: StoredDeadLetter, b: StoredDeadLetter) =>
  a.by === b.by ? a.position - b.position : a.by < b.by ? -1 : 1

/** Dead letters, indexed for each kind of lookup. */
export const deadLetterIndexes = (letters: ReadonlyMap<string, StoredDeadLetter>) => {
  const all = [...letters.values()].sort(byConsumerAndPosition)
  const undismissed = all.filter(({ dismissed }) => !dismissed)
  const dismissed = all.filter(({ dismissed }) => dismissed)
  const byConsumer = Map.groupBy(undismissed, ({ by }) => by)
  const setsBy = <A>(
    groups: ReadonlyMap<string, ReadonlyArray<StoredDeadLetter>>,
    select: (letter: StoredDeadLetter) => A
  ) => new Map(Array.from(groups, ([consumer, group]) => [consumer, new Set(group.map(select))]))
  return {
    letters: undismissed,
    dismissed: Map.groupBy(dismissed, ({ position }) => position),
    byConsumer,
    blockedStreams: setsBy(byConsumer, ({ place }) => place),
    dismissedPositions: setsBy(
      Map.groupBy(dismissed, ({ by }) => by),
      ({ position }) => position
    )
  }
}
