import { Schema } from "effect"
import { Actor, Board, Boundary, Command, Lane, Projection, Read, Slice } from "#domain/model/index.ts"

// A board unlike the hotel: text ids, events that repeat in one event stream, one boundary.

const Book = Schema.Struct({ id: Schema.String.check(Schema.isPattern(/^[a-z0-9]{1,20}$/u)) })
const Reader = Schema.Struct({ id: Schema.String.check(Schema.isPattern(/^[a-z0-9]{1,20}$/u)) })

export class BookAcquired extends Schema.TaggedClass<BookAcquired>()("BookAcquired", {
  book: Book,
  title: Schema.String
}) {}
export class BookBorrowed extends Schema.TaggedClass<BookBorrowed>()("BookBorrowed", { book: Book, reader: Reader }) {}
export class BookReturned extends Schema.TaggedClass<BookReturned>()("BookReturned", { book: Book, reader: Reader }) {}
export class BookShelved extends Schema.TaggedClass<BookShelved>()("BookShelved", {
  book: Book,
  shelf: Schema.String
}) {}

export class BookUnknown extends Schema.TaggedClass<BookUnknown>()("BookUnknown", { book: Book }) {}
export class BookIsOut extends Schema.TaggedClass<BookIsOut>()("BookIsOut", { book: Book }) {}
export class NotBorrowed extends Schema.TaggedClass<NotBorrowed>()("NotBorrowed", { book: Book }) {}

export const BookBoundary = Boundary.make({ name: "book", key: { book: Book } })
const Stock = Lane.make({
  title: "Stock",
  name: "library-stock",
  prefix: "stock",
  boundary: BookBoundary,
  events: [BookAcquired, BookShelved],
  retention: { maxBytes: "16 MiB" }
})
const Lending = Lane.make({
  title: "Lending",
  name: "library-lending",
  prefix: "lending",
  boundary: BookBoundary,
  events: [BookBorrowed, BookReturned],
  retention: { maxBytes: "16 MiB", maxAge: "30 days" }
})

const Copy = Projection.make({
  name: "Copy",
  reads: [BookAcquired, BookBorrowed, BookReturned, BookShelved],
  state: Schema.Literals(["unknown", "shelved", "out", "desk"]),
  initial: "unknown",
  evolve: {
    BookAcquired: () => "desk",
    BookBorrowed: () => "out",
    BookReturned: () => "desk",
    BookShelved: () => "shelved"
  }
})

export const AcquireBook = Command.make({
  name: "AcquireBook",
  input: Schema.Struct({ book: Book, title: Schema.String }),
  guards: { state: Read.one(Copy, BookBoundary) },
  emits: [BookAcquired],
  rejects: [],
  decide: ({ state: copy }, { book, title }) => (copy === "unknown" ? [new BookAcquired({ book, title })] : [])
})

export const BorrowBook = Command.make({
  name: "BorrowBook",
  input: Schema.Struct({ book: Book, reader: Reader }),
  guards: { state: Read.one(Copy, BookBoundary) },
  emits: [BookBorrowed],
  rejects: [BookUnknown, BookIsOut],
  decide: ({ state: copy }, { book, reader }) => {
    if (copy === "unknown") return new BookUnknown({ book })
    if (copy === "out") return new BookIsOut({ book })
    return [new BookBorrowed({ book, reader })]
  }
})

export const ReturnBook = Command.make({
  name: "ReturnBook",
  input: Schema.Struct({ book: Book, reader: Reader }),
  guards: { state: Read.one(Copy, BookBoundary) },
  emits: [BookReturned],
  rejects: [NotBorrowed],
  decide: ({ state: copy }, { book, reader }) =>
    copy === "out" ? [new BookReturned({ book, reader })] : new NotBorrowed({ book })
})

export const ShelveBook = Command.make({
  name: "ShelveBook",
  input: Schema.Struct({ book: Book }),
  guards: { state: Read.one(Copy, BookBoundary) },
  emits: [BookShelved],
  rejects: [],
  decide: ({ state: copy }, { book }) =>
    copy === "desk" ? [new BookShelved({ book, shelf: book.id.slice(0, 1) })] : []
})

export const Shelf = Projection.make({
  name: "Shelf",
  reads: [BookAcquired, BookBorrowed, BookReturned, BookShelved],
  state: Schema.Struct({ where: Schema.String, loans: Schema.Int }),
  initial: { where: "nowhere", loans: 0 },
  evolve: {
    BookAcquired: (row) => ({ ...row, where: "desk" }),
    BookBorrowed: ({ loans }, { reader }) => ({ where: reader.id, loans: loans + 1 }),
    BookReturned: (row) => ({ ...row, where: "desk" }),
    BookShelved: (row, { shelf }) => ({ ...row, where: shelf })
  }
})

const Librarian = Actor.make("Librarian")
const Member = Actor.make("Member")

export const book = { id: "moby" }
export const ann = { id: "ann" }
const bob = { id: "bob" }
const acquired = new BookAcquired({ book, title: "Moby-Dick" })
const borrowed = new BookBorrowed({ book, reader: ann })
const returned = new BookReturned({ book, reader: ann })

export const shelf = Slice.view({
  title: "Member looks for a book",
  rules: ["a book is where it was last seen"],
  by: Member.gets("/books/:book", "Catalogue"),
  shows: Shelf,
  key: { book: Book },
  scenarios: {
    "a book is where it was last seen": {
      given: [acquired, borrowed, returned, borrowed],
      at: { book },
      then: { where: "ann", loans: 2 }
    }
  }
})

export const borrowBook = Slice.command({
  title: "Member borrows a book",
  rules: ["a book is lent once at a time"],
  by: Member.puts("/borrow", "Desk"),
  command: BorrowBook,
  scenarios: {
    "a book is lent once at a time": {
      given: [acquired, borrowed],
      when: { book, reader: bob },
      then: new BookIsOut({ book })
    },
    "a returned book is lent again": {
      given: [acquired, borrowed, returned],
      when: { book, reader: bob },
      then: [new BookBorrowed({ book, reader: bob })]
    }
  }
})

export const library = Board.make({
  name: "library",
  title: "Lending library",
  lanes: [Stock, Lending],
  slices: [
    Slice.command({
      title: "Librarian acquires a book",
      rules: ["a book is acquired once"],
      by: Librarian.puts("/acquire", "Stock"),
      command: AcquireBook,
      scenarios: {
        "a book is acquired once": { given: [acquired], when: { book, title: "Moby-Dick" }, then: [] }
      }
    }),
    shelf,
    borrowBook,
    Slice.command({
      title: "Member returns a book",
      rules: ["only a borrowed book is returned"],
      by: Member.puts("/return", "Desk"),
      command: ReturnBook,
      scenarios: {
        "only a borrowed book is returned": {
          given: [acquired],
          when: { book, reader: ann },
          then: new NotBorrowed({ book })
        }
      }
    }),
    Slice.automation({
      title: "Robot shelves returned books",
      rules: ["a returned book goes to its shelf"],
      name: "shelve-books",
      by: Actor.make("Robot"),
      when: [BookReturned],
      issues: ShelveBook,
      react: ({ book }) => [{ book }],
      scenarios: {
        "a returned book goes to its shelf": {
          given: [acquired, borrowed, returned],
          when: returned,
          then: [new BookShelved({ book, shelf: "m" })]
        }
      }
    })
  ],
  log: { maxBytes: "64 MiB", duplicateWindow: "2 minutes" },
  audit: { maxAge: "14 days", maxBytes: "16 MiB" }
})
