import { Schema } from "effect"
import { Order, OrderItem } from "../values.ts"

export class ProductsOrdered extends Schema.TaggedClass<ProductsOrdered>()("ProductsOrdered", {
  order: Order,
  items: Schema.Array(OrderItem)
}) {}
