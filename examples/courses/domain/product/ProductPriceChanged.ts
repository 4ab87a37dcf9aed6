import { Schema } from "effect"
import { Timestamp } from "../Timestamp.ts"
import { Price, Product } from "../values.ts"

/** The product has another price; the one before stays valid for the grace period. */
export class ProductPriceChanged extends Schema.TaggedClass<ProductPriceChanged>()("ProductPriceChanged", {
  product: Product,
  newPrice: Price,
  changedAt: Timestamp
}) {}
