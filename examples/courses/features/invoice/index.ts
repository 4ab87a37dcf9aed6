import { Slice } from "#domain/model/index.ts"
import { Bookkeeper } from "#examples/courses/domain/actors.ts"
import { InvoiceNumber } from "#examples/courses/domain/values.ts"
import { Invoice } from "./Invoice.ts"
import { scenarios } from "./scenarios.ts"

export const invoice = Slice.view({
  title: "Bookkeeper looks at an invoice",
  rules: ["an invoice is found by its number"],
  by: Bookkeeper.gets("/invoices/:invoiceNumber", "Invoices"),
  shows: Invoice,
  key: { invoiceNumber: InvoiceNumber },
  scenarios
})
