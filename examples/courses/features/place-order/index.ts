import { Slice } from "#domain/model/index.ts"
import { Customer } from "#examples/courses/domain/actors.ts"
import { PlaceOrder } from "./PlaceOrder.ts"
import { scenarios } from "./scenarios.ts"

export const placeOrder = Slice.command({
  title: "Customer places an order with a token",
  rules: ["Place order with previously used idempotency token"],
  by: Customer.puts("/mutation/place-order", "Shop"),
  command: PlaceOrder,
  scenarios
})
