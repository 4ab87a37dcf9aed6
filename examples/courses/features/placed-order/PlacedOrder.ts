import { Schema } from "effect"
import { Projection } from "#domain/model/index.ts"
import { ProductOrdered } from "#examples/courses/domain/order/ProductOrdered.ts"
import { ProductsOrdered } from "#examples/courses/domain/order/ProductsOrdered.ts"
import { OrderPlaced } from "#examples/courses/domain/placement/OrderPlaced.ts"
import { OrderItem } from "#examples/courses/domain/values.ts"

export const PlacedOrder = Projection.make({
  name: "PlacedOrder",
  reads: [ProductOrdered, ProductsOrdered, OrderPlaced],
  state: Schema.Struct({ exists: Schema.Boolean, items: Schema.Array(OrderItem) }),
  initial: { exists: false, items: [] },
  evolve: {
    ProductOrdered: (_, { price, product }) => ({ exists: true, items: [{ product, price }] }),
    ProductsOrdered: (_, { items }) => ({ exists: true, items }),
    OrderPlaced: () => ({ exists: true, items: [] })
  }
})
