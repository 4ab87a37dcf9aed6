import { Schema } from "effect"
import { Command, Projection, Read } from "#domain/model/index.ts"
import { AllInvoices } from "#examples/courses/domain/boundaries.ts"
import { InvoiceCreated } from "#examples/courses/domain/invoice/InvoiceCreated.ts"
import { InvoiceNumber } from "#examples/courses/domain/values.ts"

const NextInvoiceNumber = Projection.make({
  name: "NextInvoiceNumber",
  history: "newest",
  reads: [InvoiceCreated],
  state: InvoiceNumber,
  initial: 1,
  evolve: { InvoiceCreated: (_, { invoiceNumber }) => invoiceNumber + 1 }
})

export const CreateInvoice = Command.make({
  name: "CreateInvoice",
  input: Schema.Struct({ invoiceData: InvoiceCreated.fields.invoiceData }),
  guards: { invoiceNumber: Read.one(NextInvoiceNumber, AllInvoices) },
  emits: [InvoiceCreated],
  rejects: [],
  decide: ({ invoiceNumber }, { invoiceData }) => [new InvoiceCreated({ invoiceNumber, invoiceData })]
})
