import { Lane } from "#domain/model/index.ts"
import { AllInvoices } from "../boundaries.ts"
import { InvoiceCreated } from "./InvoiceCreated.ts"

export const Invoices = Lane.make({
  title: "Invoices",
  name: "invoices",
  prefix: "invoice",
  boundary: AllInvoices,
  events: [InvoiceCreated],
  retention: { maxBytes: "64 MiB" }
})
