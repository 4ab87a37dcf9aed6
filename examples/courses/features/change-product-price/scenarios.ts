import type { Scenario } from "#domain/model/index.ts"
import { ProductDefined } from "#examples/courses/domain/product/ProductDefined.ts"
import { ProductPriceChanged } from "#examples/courses/domain/product/ProductPriceChanged.ts"
import { type ChangeProductPrice, ProductDoesNotExist } from "./ChangeProductPrice.ts"

const product = { id: "p1" }
const defined = new ProductDefined({ product, price: 123, definedAt: "2026-03-10T11:40:00.000Z" })

export const scenarios: Scenario.Named<Scenario.OfCommand<typeof ChangeProductPrice>> = {
  "the price of a product may change at any time": {
    at: "2026-03-10T12:00:00Z",
    given: [defined],
    when: { product, newPrice: 134 },
    then: [new ProductPriceChanged({ product, newPrice: 134, changedAt: "2026-03-10T12:00:00.000Z" })]
  },
  "a price that stays the same is no change": { given: [defined], when: { product, newPrice: 123 }, then: [] },
  "only a product that exists has a price": {
    given: [],
    when: { product, newPrice: 134 },
    then: new ProductDoesNotExist({ product })
  }
}
