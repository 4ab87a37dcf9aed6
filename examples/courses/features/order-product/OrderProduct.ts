import { Schema } from "effect"
import { Command, Read } from "#domain/model/index.ts"
import { TheOrder, TheProduct } from "#examples/courses/domain/boundaries.ts"
import { OrderExists } from "#examples/courses/domain/order/OrderExists.ts"
import { ProductOrdered } from "#examples/courses/domain/order/ProductOrdered.ts"
import { InvalidPrice, OrderAlreadyExists } from "#examples/courses/domain/order/rejections.ts"
import { isValidPrice } from "#examples/courses/domain/product/gracePeriod.ts"
import { ProductPrices } from "#examples/courses/domain/product/ProductPrices.ts"
import { Order, Price, Product } from "#examples/courses/domain/values.ts"

/** The prices are checked: they must not change meanwhile, and the order adds nothing to them. */
export const OrderProduct = Command.make({
  name: "OrderProduct",
  input: Schema.Struct({ order: Order, product: Product, displayedPrice: Price }),
  guards: { exists: Read.one(OrderExists, TheOrder) },
  checks: { prices: Read.one(ProductPrices, TheProduct) },
  emits: [ProductOrdered],
  rejects: [OrderAlreadyExists, InvalidPrice],
  decide: ({ exists, prices }, { displayedPrice, order, product }, { now }) => {
    if (exists) return new OrderAlreadyExists({ order })
    if (!isValidPrice(prices, displayedPrice, now)) return new InvalidPrice({ product })
    return [new ProductOrdered({ order, product, price: displayedPrice })]
  }
})
