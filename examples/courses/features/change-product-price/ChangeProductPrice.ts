import { Schema } from "effect"
import { Command, Read } from "#domain/model/index.ts"
import { TheProduct } from "#examples/courses/domain/boundaries.ts"
import { ProductPriceChanged } from "#examples/courses/domain/product/ProductPriceChanged.ts"
import { ProductPrices } from "#examples/courses/domain/product/ProductPrices.ts"
import { timestampOf } from "#examples/courses/domain/Timestamp.ts"
import { Price, Product } from "#examples/courses/domain/values.ts"

export class ProductDoesNotExist extends Schema.TaggedClass<ProductDoesNotExist>()(
  "ProductDoesNotExist",
  { product: Product },
  { description: "There is no product with this id. Choose one from the list of products." }
) {}

/** A price that stays the same is no change. */
export const ChangeProductPrice = Command.make({
  name: "ChangeProductPrice",
  input: Schema.Struct({ product: Product, newPrice: Price }),
  guards: { prices: Read.one(ProductPrices, TheProduct) },
  emits: [ProductPriceChanged],
  rejects: [ProductDoesNotExist],
  decide: ({ prices }, { newPrice, product }, { now }) => {
    const current = prices.at(-1)
    if (!current) return new ProductDoesNotExist({ product })
    if (current.price === newPrice) return []
    return [new ProductPriceChanged({ product, newPrice, changedAt: timestampOf(now) })]
  }
})
