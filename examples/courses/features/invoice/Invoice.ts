import { Schema } from "effect"
import { Projection } from "#domain/model/index.ts"
import { InvoiceCreated } from "#examples/courses/domain/invoice/InvoiceCreated.ts"

export const Invoice = Projection.make({
  name: "Invoice",
  reads: [InvoiceCreated],
  state: Schema.Struct({ invoiceData: InvoiceCreated.fields.invoiceData }),
  initial: { invoiceData: {} },
  evolve: { InvoiceCreated: (_, { invoiceData }) => ({ invoiceData }) }
})
