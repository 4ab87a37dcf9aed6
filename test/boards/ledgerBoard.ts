import { Schema } from "effect"
import { Actor, Board, Boundary, Command, Lane, Projection, Read, Slice } from "#domain/model/index.ts"

// A board with event streams that grow without a bound: a decision reads the newest events, or a stored state.

const Ledger = Schema.Struct({ id: Schema.String.check(Schema.isPattern(/^[a-z0-9]{1,20}$/u)) })
export const LedgerBoundary = Boundary.make({ name: "ledger", key: { ledger: Ledger } })

export class InvoiceWritten extends Schema.TaggedClass<InvoiceWritten>()("InvoiceWritten", {
  ledger: Ledger,
  number: Schema.Int
}) {}
export class NoteAdded extends Schema.TaggedClass<NoteAdded>()("NoteAdded", { ledger: Ledger, total: Schema.Int }) {}
export class TooHigh extends Schema.TaggedClass<TooHigh>()("TooHigh", { number: Schema.Int }) {}

/** The number of the newest invoice: earlier ones do not matter. */
export const LastNumber = Projection.make({
  name: "LastNumber",
  history: "newest",
  reads: [InvoiceWritten],
  state: Schema.Int,
  initial: 0,
  evolve: { InvoiceWritten: (_, { number }) => number }
})

/** Depends on each event. */
export const Total = Projection.make({
  name: "Total",
  history: "snapshots",
  reads: [InvoiceWritten, NoteAdded],
  state: Schema.Int,
  initial: 0,
  evolve: { InvoiceWritten: (total, { number }) => total + number, NoteAdded: (total) => total + 1 }
})

/** Writes the next invoice, up to a number. */
export const WriteInvoice = Command.make({
  name: "WriteInvoice",
  input: Schema.Struct({ ledger: Ledger, upTo: Schema.Int }),
  guards: { last: Read.one(LastNumber, LedgerBoundary) },
  emits: [InvoiceWritten],
  rejects: [TooHigh],
  decide: ({ last }, { ledger, upTo }) =>
    last < upTo ? [new InvoiceWritten({ ledger, number: last + 1 })] : new TooHigh({ number: last })
})

/** The note contains the total before it, so that a decision on a wrong state is visible. */
export const AddNote = Command.make({
  name: "AddNote",
  input: Schema.Struct({ ledger: Ledger }),
  guards: { total: Read.one(Total, LedgerBoundary) },
  emits: [NoteAdded],
  rejects: [],
  decide: ({ total }, { ledger }) => [new NoteAdded({ ledger, total })]
})

const ledger = { id: "main" }
const anybody = Actor.make("Anybody")

const writeInvoice = Slice.command({
  title: "An invoice is written",
  rules: ["the next number is one higher", "up to a number"],
  by: anybody.puts("/invoices", "Invoices"),
  command: WriteInvoice,
  scenarios: {
    "the next number is one higher": {
      given: [new InvoiceWritten({ ledger, number: 1 }), new InvoiceWritten({ ledger, number: 2 })],
      when: { ledger, upTo: 9 },
      then: [new InvoiceWritten({ ledger, number: 3 })]
    },
    "up to a number": {
      given: [new InvoiceWritten({ ledger, number: 9 })],
      when: { ledger, upTo: 9 },
      then: new TooHigh({ number: 9 })
    }
  }
})

const addNote = Slice.command({
  title: "A note is added",
  rules: ["it has the total"],
  by: anybody.puts("/notes", "Notes"),
  command: AddNote,
  scenarios: {
    "it has the total": {
      given: [new InvoiceWritten({ ledger, number: 2 })],
      when: { ledger },
      then: [new NoteAdded({ ledger, total: 2 })]
    }
  }
})

export const ledgers = Board.make({
  name: "ledgers",
  title: "Ledgers",
  lanes: [
    Lane.make({
      title: "Ledgers",
      name: "ledger-events",
      prefix: "events",
      boundary: LedgerBoundary,
      events: [InvoiceWritten, NoteAdded],
      retention: { maxBytes: "64 MiB" }
    })
  ],
  slices: [writeInvoice, addNote],
  log: { maxBytes: "256 MiB" },
  audit: { maxBytes: "64 MiB" }
})
