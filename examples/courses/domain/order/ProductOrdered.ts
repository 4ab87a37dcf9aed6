import { Schema } from "effect"
import { Order, Price, Product } from "../values.ts"

export class ProductOrdered extends Schema.TaggedClass<ProductOrdered>()("ProductOrdered", {
  order: Order,
  product: Product,
  price: Price
}) {}
