import type { Scenario } from "#domain/model/index.ts"
import { InvoiceCreated } from "#examples/courses/domain/invoice/InvoiceCreated.ts"
import type { CreateInvoice } from "./CreateInvoice.ts"

const first = new InvoiceCreated({ invoiceNumber: 1, invoiceData: { foo: "bar" } })

export const scenarios: Scenario.Named<Scenario.OfCommand<typeof CreateInvoice>> = {
  "Create first invoice": { given: [], when: { invoiceData: { foo: "bar" } }, then: [first] },
  "Create second invoice": {
    given: [first],
    when: { invoiceData: { bar: "baz" } },
    then: [new InvoiceCreated({ invoiceNumber: 2, invoiceData: { bar: "baz" } })]
  }
}
