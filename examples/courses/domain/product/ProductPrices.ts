import { Schema } from "effect"
import { Projection } from "#domain/model/index.ts"
import { Timestamp } from "../Timestamp.ts"
import { Price } from "../values.ts"
import { ProductDefined } from "./ProductDefined.ts"
import { ProductPriceChanged } from "./ProductPriceChanged.ts"

/** The prices of a product, oldest first, and since when each counted. */
export const ProductPrices = Projection.make({
  name: "ProductPrices",
  reads: [ProductDefined, ProductPriceChanged],
  state: Schema.Array(Schema.Struct({ price: Price, since: Timestamp })),
  initial: [],
  evolve: {
    ProductDefined: (prices, { price, definedAt }) => [...prices, { price, since: definedAt }],
    ProductPriceChanged: (prices, { newPrice, changedAt }) => [...prices, { price: newPrice, since: changedAt }]
  }
})
