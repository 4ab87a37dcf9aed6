import { Schema } from "effect"
import { Actor, Board, Slice } from "#domain/model/index.ts"
import { BookReturned, book, ann, library } from "./libraryBoard.ts"

// The library, which also sends a message to other programs for each returned book.

const { book: Book, reader: Reader } = BookReturned.fields

export class ReturnConfirmed extends Schema.TaggedClass<ReturnConfirmed>()(
  "ReturnConfirmed",
  { book: Book, reader: Reader },
  { description: "For the reader's mailbox", version: 2 }
) {}

export const confirmReturns = Slice.messageAutomation({
  title: "Robot confirms a return to the reader",
  rules: ["the reader is informed that a book is back"],
  name: "confirm-returns",
  by: Actor.make("Robot"),
  when: [BookReturned],
  sends: [ReturnConfirmed],
  react: ({ book, reader }) => [new ReturnConfirmed({ book, reader })],
  scenarios: {
    "the reader is informed that a book is back": {
      when: new BookReturned({ book, reader: ann }),
      then: [new ReturnConfirmed({ book, reader: ann })]
    }
  }
})

export const lending = Board.make({
  ...library,
  name: "lending",
  title: "Lending library with a mailbox",
  slices: [...library.slices, confirmReturns]
})
