import { Schema } from "effect"
import { Timestamp } from "../Timestamp.ts"
import { Price, Product } from "../values.ts"

/** The product is sold at this price. */
export class ProductDefined extends Schema.TaggedClass<ProductDefined>()("ProductDefined", {
  product: Product,
  price: Price,
  definedAt: Timestamp
}) {}
