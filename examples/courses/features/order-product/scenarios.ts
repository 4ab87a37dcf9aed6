import type { Scenario } from "#domain/model/index.ts"
import { ProductOrdered } from "#examples/courses/domain/order/ProductOrdered.ts"
import { InvalidPrice, OrderAlreadyExists } from "#examples/courses/domain/order/rejections.ts"
import { ProductDefined } from "#examples/courses/domain/product/ProductDefined.ts"
import { ProductPriceChanged } from "#examples/courses/domain/product/ProductPriceChanged.ts"
import type { OrderProduct } from "./OrderProduct.ts"

const order = { id: "o1" }
const product = { id: "p1" }
const at = "2026-03-10T12:00:00Z"
const minutesAgo = (minutes: number) => `2026-03-10T11:${60 - minutes}:00.000Z`

const defined = new ProductDefined({ product, price: 123, definedAt: minutesAgo(20) })
const changed = (minutes: number) => new ProductPriceChanged({ product, newPrice: 134, changedAt: minutesAgo(minutes) })
const ordered = (price: number) => new ProductOrdered({ order, product, price })
const at123 = { order, product, displayedPrice: 123 }
const at100 = { order, product, displayedPrice: 100 }

export const scenarios: Scenario.Named<Scenario.OfCommand<typeof OrderProduct>> = {
  "Order product with invalid displayed price": {
    at,
    given: [defined],
    when: at100,
    then: new InvalidPrice({ product })
  },
  "Order product with valid displayed price": { at, given: [defined], when: at123, then: [ordered(123)] },
  "Order product with a displayed price that was never valid": {
    at,
    given: [defined],
    when: at100,
    then: new InvalidPrice({ product })
  },
  "Order product with a price that was changed more than 10 minutes ago": {
    at,
    given: [defined, changed(20)],
    when: at123,
    then: new InvalidPrice({ product })
  },
  "Order product with initial valid price": { at, given: [defined], when: at123, then: [ordered(123)] },
  "Order product with a price that was changed less than 10 minutes ago": {
    at,
    given: [defined, changed(9)],
    when: at123,
    then: [ordered(123)]
  },
  "Order product with valid new price": {
    at,
    given: [defined, changed(9)],
    when: { order, product, displayedPrice: 134 },
    then: [ordered(134)]
  },
  "an order is placed once": { given: [ordered(123)], when: at123, then: new OrderAlreadyExists({ order }) }
}
