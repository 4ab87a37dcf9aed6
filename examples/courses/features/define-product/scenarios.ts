import type { Scenario } from "#domain/model/index.ts"
import { ProductDefined } from "#examples/courses/domain/product/ProductDefined.ts"
import { type DefineProduct, ProductAlreadyExists } from "./DefineProduct.ts"

const product = { id: "p1" }
const defined = new ProductDefined({ product, price: 123, definedAt: "2026-03-10T12:00:00.000Z" })

export const scenarios: Scenario.Named<Scenario.OfCommand<typeof DefineProduct>> = {
  "a product is defined with its price": {
    at: "2026-03-10T12:00:00Z",
    given: [],
    when: { product, price: 123 },
    then: [defined]
  },
  "a product is defined once": {
    given: [defined],
    when: { product, price: 124 },
    then: new ProductAlreadyExists({ product })
  }
}
