import { Schema } from "effect"
import { Command, Read } from "#domain/model/index.ts"
import { TheOrder, TheProduct } from "#examples/courses/domain/boundaries.ts"
import { OrderExists } from "#examples/courses/domain/order/OrderExists.ts"
import { ProductsOrdered } from "#examples/courses/domain/order/ProductsOrdered.ts"
import { InvalidPrice, OrderAlreadyExists } from "#examples/courses/domain/order/rejections.ts"
import { isValidPrice } from "#examples/courses/domain/product/gracePeriod.ts"
import { ProductPrices } from "#examples/courses/domain/product/ProductPrices.ts"
import { Order, Price, Product } from "#examples/courses/domain/values.ts"

const DisplayedItem = Schema.Struct({ product: Product, displayedPrice: Price })
type DisplayedItem = typeof DisplayedItem.Type

/** Reads the prices of each product in the order: a boundary that is as large as the order. */
export const OrderProducts = Command.make({
  name: "OrderProducts",
  input: Schema.Struct({
    order: Order,
    items: Schema.Array(DisplayedItem).check(Schema.isMinLength(1), Schema.isMaxLength(50))
  }),
  guards: { exists: Read.one(OrderExists, TheOrder) },
  checks: {
    products: Read.each(ProductPrices, TheProduct, ({ items }: { readonly items: ReadonlyArray<DisplayedItem> }) =>
      items.map(({ product }) => ({ product }))
    )
  },
  emits: [ProductsOrdered],
  rejects: [OrderAlreadyExists, InvalidPrice],
  decide: ({ exists, products }, { items, order }, { now }) => {
    if (exists) return new OrderAlreadyExists({ order })
    const invalid = items.find(({ displayedPrice }, n) => !isValidPrice(products[n]!.state, displayedPrice, now))
    if (invalid) return new InvalidPrice({ product: invalid.product })
    return [
      new ProductsOrdered({
        order,
        items: items.map(({ displayedPrice, product }) => ({ product, price: displayedPrice }))
      })
    ]
  }
})
