import { Slice } from "#domain/model/index.ts"
import { Bookkeeper } from "#examples/courses/domain/actors.ts"
import { CreateInvoice } from "./CreateInvoice.ts"
import { scenarios } from "./scenarios.ts"

export const createInvoice = Slice.command({
  title: "Bookkeeper creates an invoice",
  rules: ["Create second invoice"],
  by: Bookkeeper.puts("/mutation/create-invoice", "Invoices"),
  command: CreateInvoice,
  scenarios
})
