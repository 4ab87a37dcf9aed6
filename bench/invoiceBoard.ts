import { Schema } from "effect"
import { Board, Boundary, Command, Lane, Projection, Read, Slice, Actor } from "#domain/model/index.ts"

// A board whose event streams grow without a bound.

const Ledger = Schema.Struct({ id: Schema.Int.check(Schema.isBetween({ minimum: 1, maximum: 99_999_999 })) })
const LedgerBoundary = Boundary.make({ name: "ledger", key: { ledger: Ledger } })

export class InvoiceWritten extends Schema.TaggedClass<InvoiceWritten>()("InvoiceWritten", {
  ledger: Ledger,
  number: Schema.Int
}) {}

const input = Schema.Struct({ ledger: Ledger })

/** A command that writes the next invoice; `history` is how much of the ledger it reads. */
const command = (name: string, history: "newest" | "snapshots") =>
  Command.make({
    name,
    input,
    guards: {
      last: Read.one(
        Projection.make({
          name: `${name}Number`,
          history,
          reads: [InvoiceWritten],
          state: Schema.Int,
          initial: 0,
          evolve: { InvoiceWritten: (_, { number }) => number }
        }),
        LedgerBoundary
      )
    },
    emits: [InvoiceWritten],
    rejects: [],
    decide: ({ last }, { ledger }) => [new InvoiceWritten({ ledger, number: last + 1 })]
  })

export const WriteByNewest = command("WriteByNewest", "newest")
export const WriteBySnapshot = command("WriteBySnapshot", "snapshots")

const anybody = Actor.make("Anybody")
const slice = (path: `/${string}`, written: typeof WriteByNewest) =>
  Slice.command({
    title: written.name,
    rules: ["the next number is one higher"],
    by: anybody.puts(path, "Invoices"),
    command: written,
    scenarios: {
      "the next number is one higher": {
        given: [new InvoiceWritten({ ledger: { id: 1 }, number: 1 })],
        when: { ledger: { id: 1 } },
        then: [new InvoiceWritten({ ledger: { id: 1 }, number: 2 })]
      }
    }
  })

export const ledgers = Board.make({
  name: "ledgers",
  title: "Ledgers",
  lanes: [
    Lane.make({
      title: "Ledgers",
      name: "ledger-invoices",
      prefix: "invoices",
      boundary: LedgerBoundary,
      events: [InvoiceWritten],
      retention: { maxBytes: "4 GiB" }
    })
  ],
  slices: [slice("/newest", WriteByNewest), slice("/snapshot", WriteBySnapshot)],
  log: { maxBytes: "8 GiB", duplicateWindow: "10 minutes" },
  audit: { maxAge: "14 days", maxBytes: "8 GiB" }
})
