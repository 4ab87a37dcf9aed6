import { Schema } from "effect"
import { Order, Product } from "../values.ts"

export class InvalidPrice extends Schema.TaggedClass<InvalidPrice>()(
  "InvalidPrice",
  { product: Product },
  { description: "The displayed price of this product is no longer valid, or never was. Show the current one." }
) {}

export class OrderAlreadyExists extends Schema.TaggedClass<OrderAlreadyExists>()(
  "OrderAlreadyExists",
  { order: Order },
  { description: "There is an order with this id already. Give each order an id of its own." }
) {}
