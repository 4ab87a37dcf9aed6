import { Schema } from "effect"
import { Command, Read } from "#domain/model/index.ts"
import { TheProduct } from "#examples/courses/domain/boundaries.ts"
import { ProductDefined } from "#examples/courses/domain/product/ProductDefined.ts"
import { ProductPrices } from "#examples/courses/domain/product/ProductPrices.ts"
import { timestampOf } from "#examples/courses/domain/Timestamp.ts"
import { Price, Product } from "#examples/courses/domain/values.ts"

export class ProductAlreadyExists extends Schema.TaggedClass<ProductAlreadyExists>()(
  "ProductAlreadyExists",
  { product: Product },
  { description: "There is a product with this id already. Change its price, or give the new one another id." }
) {}

export const DefineProduct = Command.make({
  name: "DefineProduct",
  input: Schema.Struct({ product: Product, price: Price }),
  guards: { prices: Read.one(ProductPrices, TheProduct) },
  emits: [ProductDefined],
  rejects: [ProductAlreadyExists],
  decide: ({ prices }, { price, product }, { now }) =>
    prices.length === 0
      ? [new ProductDefined({ product, price, definedAt: timestampOf(now) })]
      : new ProductAlreadyExists({ product })
})
