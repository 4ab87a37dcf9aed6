import type { Scenario } from "#domain/model/index.ts"
import { ProductDefined } from "#examples/courses/domain/product/ProductDefined.ts"
import { ProductPriceChanged } from "#examples/courses/domain/product/ProductPriceChanged.ts"
import type { Products } from "./Products.ts"

const p1 = { id: "p1" }
const p2 = { id: "p2" }
const definedAt = "2026-03-10T11:40:00.000Z"

export const scenarios: Scenario.Named<Scenario.OfView<typeof Products, {}>> = {
  "each product is listed with its current price": {
    given: [
      new ProductDefined({ product: p1, price: 123, definedAt }),
      new ProductDefined({ product: p2, price: 321, definedAt }),
      new ProductPriceChanged({ product: p1, newPrice: 134, changedAt: "2026-03-10T11:51:00.000Z" })
    ],
    at: {},
    then: {
      products: [
        { product: p1, price: 134 },
        { product: p2, price: 321 }
      ]
    }
  }
}
