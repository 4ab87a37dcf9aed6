import type { Scenario } from "#domain/model/index.ts"
import { InvoiceCreated } from "#examples/courses/domain/invoice/InvoiceCreated.ts"
import type { InvoiceNumber } from "#examples/courses/domain/values.ts"
import type { Invoice } from "./Invoice.ts"

export const scenarios: Scenario.Named<
  Scenario.OfView<typeof Invoice, { readonly invoiceNumber: typeof InvoiceNumber }>
> = {
  "an invoice is found by its number": {
    given: [
      new InvoiceCreated({ invoiceNumber: 1, invoiceData: { foo: "bar" } }),
      new InvoiceCreated({ invoiceNumber: 2, invoiceData: { bar: "baz" } })
    ],
    at: { invoiceNumber: 2 },
    then: { invoiceData: { bar: "baz" } }
  }
}
