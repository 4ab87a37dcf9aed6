import { Lane } from "#domain/model/index.ts"
import { TheProduct } from "../boundaries.ts"
import { ProductDefined } from "./ProductDefined.ts"
import { ProductPriceChanged } from "./ProductPriceChanged.ts"

/** Products and their prices. */
export const Products = Lane.make({
  title: "Products",
  name: "products",
  prefix: "product",
  boundary: TheProduct,
  events: [ProductDefined, ProductPriceChanged],
  retention: { maxBytes: "64 MiB" }
})
