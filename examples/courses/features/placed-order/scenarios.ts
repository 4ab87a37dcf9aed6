import type { Scenario } from "#domain/model/index.ts"
import { ProductOrdered } from "#examples/courses/domain/order/ProductOrdered.ts"
import { ProductsOrdered } from "#examples/courses/domain/order/ProductsOrdered.ts"
import { OrderPlaced } from "#examples/courses/domain/placement/OrderPlaced.ts"
import type { Order } from "#examples/courses/domain/values.ts"
import type { PlacedOrder } from "./PlacedOrder.ts"

const order = { id: "o1" }
const items = [{ product: { id: "p1" }, price: 123 }]

export const scenarios: Scenario.Named<Scenario.OfView<typeof PlacedOrder, { readonly order: typeof Order }>> = {
  "an order has the displayed prices": {
    given: [new ProductsOrdered({ order, items })],
    at: { order },
    then: { exists: true, items }
  },
  "an order of one product": {
    given: [new ProductOrdered({ order, ...items[0]! })],
    at: { order },
    then: { exists: true, items }
  },
  "an order with an idempotency token": {
    given: [new OrderPlaced({ order, idempotencyToken: "11111" })],
    at: { order },
    then: { exists: true, items: [] }
  }
}
