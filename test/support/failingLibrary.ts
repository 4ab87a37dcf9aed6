import { Effect, Schedule } from "effect"
import { Board, Boundary, Projection, Slice } from "#domain/model/index.ts"
import { Commands } from "#layers/commands/Commands.ts"
import { DeadLetters } from "#layers/deadLetters/DeadLetters.ts"
import { subscriptions } from "#layers/processors/boardSubscriptions.ts"
import { EventLog } from "#layers/services/EventLog.ts"
import { maxValueBytes } from "#layers/services/KeyValue.ts"
import {
  AcquireBook,
  ann,
  BorrowBook,
  library,
  ReturnBook,
  Shelf,
  shelf,
  BookBoundary
} from "#test/boards/libraryBoard.ts"

/** The books for which a part of the library fails. */
export const failing = {
  automation: new Set<string>(),
  row: new Set<string>(),
  first: new Set<string>(),
  large: new Set<string>()
}

interface BookEvent {
  readonly book: { readonly id: string }
}

const throwIfFailing = (books: ReadonlySet<string>, { book }: BookEvent) => {
  if (books.has(book.id)) throw new Error(`${book.id} is too heavy`)
}

export const failingShelf = Slice.view({
  ...shelf,
  shows: Projection.make({
    ...Shelf,
    evolve: {
      ...Shelf.evolve,
      BookAcquired: (row, event) => {
        throwIfFailing(failing.first, event)
        return Shelf.evolve.BookAcquired(row, event)
      },
      BookBorrowed: (row, event) => {
        throwIfFailing(failing.row, event)
        if (failing.large.has(event.book.id)) return { ...row, where: "x".repeat(maxValueBytes) }
        return Shelf.evolve.BookBorrowed(row, event)
      }
    }
  })
})

/** The library, with an automation and a view that throw for some books. */
export const failingLibrary = Board.make({
  ...library,
  slices: library.slices.map((slice) =>
    slice._tag === "Automation"
      ? {
          ...slice,
          react: (event: BookEvent) => {
            throwIfFailing(failing.automation, event)
            return slice.react(event as never)
          }
        }
      : slice === shelf
        ? failingShelf
        : slice
  )
})

export const [automationName, viewName] = [
  subscriptions(failingLibrary).automations[0]!,
  subscriptions(failingLibrary).views[0]!
].map(({ subscription }) => subscription.name) as [string, string]

/** The dead letters of a consumer in the event streams of these books, once there are `count`. */
export const deadLettersOf = (consumer: string, books: ReadonlyArray<{ readonly id: string }>, count: number) =>
  Effect.gen(function* () {
    const { all } = yield* DeadLetters
    const streamIds = new Set(books.map((book) => Boundary.format(Boundary.streamId(BookBoundary, { book }))))
    return yield* all.pipe(
      Effect.map((deadLetters) => deadLetters.filter((each) => each.by === consumer && streamIds.has(each.place))),
      Effect.repeat({ until: (deadLetters) => deadLetters.length === count, schedule: Schedule.spaced("5 millis") })
    )
  })

export const lendAndReturn = Effect.fnUntraced(function* (book: { readonly id: string }) {
  const { execute } = yield* Commands
  yield* execute(BorrowBook, { book, reader: ann }, { actor: "Member" })
  return yield* execute(ReturnBook, { book, reader: ann }, { actor: "Member" })
})

export const acquire = Effect.fnUntraced(function* (book: { readonly id: string }) {
  const { execute } = yield* Commands
  return yield* execute(AcquireBook, { book, title: "" }, { actor: "Librarian" })
})

/** Waits until the log has `times` BookShelved events of a book. */
export const waitUntilShelved = Effect.fnUntraced(function* (book: { readonly id: string }, times: number) {
  const log = yield* EventLog
  return yield* log.read(Boundary.streamId(BookBoundary, { book })).pipe(
    Effect.map(({ events }) => events.filter(({ event }) => event._tag === "BookShelved").length),
    Effect.repeat({ until: (found) => found === times, schedule: Schedule.spaced("5 millis") })
  )
})
