import { Effect, Schedule } from "effect"
import { Board, Boundary, Projection, Slice } from "#domain/model/index.ts"
import { Commands } from "#layers/commands/Commands.ts"
import { Parking } from "#layers/deadLetters/DeadLetters.ts"
import { EventLog } from "#layers/services/EventLog.ts"
import { maxValueBytes } from "#layers/services/KeyValue.ts"
import { followers } from "#layers/services/subscriptionsOf.ts"
import { AcquireBook, ann, BorrowBook, library, ReturnBook, Shelf, shelf } from "#test/boards/libraryBoard.ts"

/** What the library cannot stand for now, by book. */
export const broken = {
  gear: new Set<string>(),
  row: new Set<string>(),
  first: new Set<string>(),
  large: new Set<string>()
}

interface About {
  readonly book: { readonly id: string }
}

const throwing = (books: ReadonlySet<string>, { book }: About) => {
  if (books.has(book.id)) throw new Error(`${book.id} is too heavy`)
}

export const delicateShelf = Slice.view({
  ...shelf,
  shows: Projection.make({
    ...Shelf,
    evolve: {
      ...Shelf.evolve,
      BookAcquired: (row, fact) => {
        throwing(broken.first, fact)
        return Shelf.evolve.BookAcquired(row, fact)
      },
      BookBorrowed: (row, fact) => {
        throwing(broken.row, fact)
        if (broken.large.has(fact.book.id)) return { ...row, where: "x".repeat(maxValueBytes) }
        return Shelf.evolve.BookBorrowed(row, fact)
      }
    }
  })
})

/** The library, with a robot and a catalogue that break down over some books. */
export const delicate = Board.make({
  ...library,
  slices: library.slices.map((slice) =>
    slice._tag === "Automation"
      ? {
          ...slice,
          react: (fact: About) => {
            throwing(broken.gear, fact)
            return slice.react(fact as never)
          }
        }
      : slice === shelf
        ? delicateShelf
        : slice
  )
})

export const [gear, view] = [followers(delicate).automations[0]!, followers(delicate).views[0]!].map(
  ({ subscription }) => subscription.name
) as [string, string]

/** What is parked by one of them, in these places, once it is so much. */
export const parkedBy = (by: string, books: ReadonlyArray<{ readonly id: string }>, count: number) =>
  Effect.gen(function* () {
    const { all } = yield* Parking
    const places = new Set(books.map((book) => Boundary.spell(Boundary.place(AcquireBook.guards, { book }))))
    return yield* all.pipe(
      Effect.map((parked) => parked.filter((each) => each.by === by && places.has(each.place))),
      Effect.repeat({ until: (parked) => parked.length === count, schedule: Schedule.spaced("5 millis") })
    )
  })

export const lent = Effect.fnUntraced(function* (book: { readonly id: string }) {
  const { execute } = yield* Commands
  yield* execute(BorrowBook, { book, reader: ann }, { actor: "Member" })
  return yield* execute(ReturnBook, { book, reader: ann }, { actor: "Member" })
})

export const acquired = Effect.fnUntraced(function* (book: { readonly id: string }) {
  const { execute } = yield* Commands
  return yield* execute(AcquireBook, { book, title: "" }, { actor: "Librarian" })
})

/** How often a book stands shelved in the log, once it is so often. */
export const shelved = Effect.fnUntraced(function* (book: { readonly id: string }, times: number) {
  const log = yield* EventLog
  return yield* log.read(Boundary.place(AcquireBook.guards, { book })).pipe(
    Effect.map(({ facts }) => facts.filter(({ fact }) => fact._tag === "BookShelved").length),
    Effect.repeat({ until: (found) => found === times, schedule: Schedule.spaced("5 millis") })
  )
})
