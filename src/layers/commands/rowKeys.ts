import { Result } from "effect"
import { Board, Key } from "#domain/model/index.ts"
import type { DomainEvent } from "#layers/services/RecordedEvent.ts"
import { invalidKey } from "./commandStreams.ts"

/** Fails if an event cannot name its row in each view that reads it: the view could not process it. */
export const rowKeyChecker = (board: Board.Any) => {
  const views = Board.views(board)
  const rowKeys = new Map(
    Board.events(board).map((event) => [
      event.identifier,
      views.filter(({ shows }) => shows.reads.includes(event)).map(({ key }) => key as Key.Key)
    ])
  )
  return (events: ReadonlyArray<DomainEvent>): Result.Result<void, Key.InvalidKey> =>
    Result.try({
      try: () => events.forEach((event) => rowKeys.get(event._tag)?.forEach((key) => Key.tokens(key, event as never))),
      catch: invalidKey
    })
}
