import type { Scenario } from "#domain/model/index.ts"
import { ProductsOrdered } from "#examples/courses/domain/order/ProductsOrdered.ts"
import { InvalidPrice } from "#examples/courses/domain/order/rejections.ts"
import { ProductDefined } from "#examples/courses/domain/product/ProductDefined.ts"
import { ProductPriceChanged } from "#examples/courses/domain/product/ProductPriceChanged.ts"
import type { OrderProducts } from "./OrderProducts.ts"

const order = { id: "o1" }
const p1 = { id: "p1" }
const p2 = { id: "p2" }
const at = "2026-03-10T12:00:00Z"
const minutesAgo = (minutes: number) => `2026-03-10T11:${60 - minutes}:00.000Z`

const defined = new ProductDefined({ product: p1, price: 123, definedAt: minutesAgo(20) })
const changed = (minutes: number) =>
  new ProductPriceChanged({ product: p1, newPrice: 134, changedAt: minutesAgo(minutes) })
const second = new ProductDefined({ product: p2, price: 321, definedAt: minutesAgo(8) })

const at123 = { order, items: [{ product: p1, displayedPrice: 123 }] }
const ordered = new ProductsOrdered({ order, items: [{ product: p1, price: 123 }] })

export const scenarios: Scenario.Named<Scenario.OfCommand<typeof OrderProducts>> = {
  "Order product with a displayed price that was never valid": {
    at,
    given: [defined],
    when: { order, items: [{ product: p1, displayedPrice: 100 }] },
    then: new InvalidPrice({ product: p1 })
  },
  "Order product with a price that was changed more than 10 minutes ago": {
    at,
    given: [defined, changed(20)],
    when: at123,
    then: new InvalidPrice({ product: p1 })
  },
  "Order product with initial valid price": { at, given: [defined], when: at123, then: [ordered] },
  "Order product with a price that was changed less than 10 minutes ago": {
    at,
    given: [defined, changed(9)],
    when: at123,
    then: [ordered]
  },
  "Order multiple products with valid prices": {
    at,
    given: [defined, changed(9), second],
    when: { order, items: [...at123.items, { product: p2, displayedPrice: 321 }] },
    then: [new ProductsOrdered({ order, items: [...ordered.items, { product: p2, price: 321 }] })]
  },
  "Order multiple products, one with an invalid price": {
    at,
    given: [defined, second],
    when: { order, items: [...at123.items, { product: p2, displayedPrice: 123 }] },
    then: new InvalidPrice({ product: p2 })
  }
}
