import { Schema } from "effect"
import { IdempotencyToken, Order } from "../values.ts"

export class OrderPlaced extends Schema.TaggedClass<OrderPlaced>()("OrderPlaced", {
  order: Order,
  idempotencyToken: IdempotencyToken
}) {}
