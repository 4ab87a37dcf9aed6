import { Slice } from "#domain/model/index.ts"
import { Customer } from "#examples/courses/domain/actors.ts"
import { Order } from "#examples/courses/domain/values.ts"
import { PlacedOrder } from "./PlacedOrder.ts"
import { scenarios } from "./scenarios.ts"

export const placedOrder = Slice.view({
  title: "Customer looks at an order",
  rules: ["an order has the displayed prices"],
  by: Customer.gets("/orders/:order", "Shop"),
  shows: PlacedOrder,
  key: { order: Order },
  scenarios
})
