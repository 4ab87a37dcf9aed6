import { Schema } from "effect"
import { Projection } from "#domain/model/index.ts"
import { OrderPlaced } from "../placement/OrderPlaced.ts"
import { ProductOrdered } from "./ProductOrdered.ts"
import { ProductsOrdered } from "./ProductsOrdered.ts"

export const OrderExists = Projection.make({
  name: "OrderExists",
  reads: [ProductOrdered, ProductsOrdered, OrderPlaced],
  state: Schema.Boolean,
  initial: false,
  evolve: { ProductOrdered: () => true, ProductsOrdered: () => true, OrderPlaced: () => true }
})
