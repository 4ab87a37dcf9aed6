import { Schema } from "effect"
import { InvoiceNumber } from "../values.ts"

export class InvoiceCreated extends Schema.TaggedClass<InvoiceCreated>()("InvoiceCreated", {
  invoiceNumber: InvoiceNumber,
  invoiceData: Schema.Record(Schema.String, Schema.String)
}) {}
