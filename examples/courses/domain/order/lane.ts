import { Lane } from "#domain/model/index.ts"
import { TheOrder } from "../boundaries.ts"
import { ProductOrdered } from "./ProductOrdered.ts"
import { ProductsOrdered } from "./ProductsOrdered.ts"

/** Orders of products at displayed prices. */
export const Orders = Lane.make({
  title: "Orders",
  name: "orders",
  prefix: "order",
  boundary: TheOrder,
  events: [ProductOrdered, ProductsOrdered],
  retention: { maxBytes: "64 MiB" }
})
