import { Slice } from "#domain/model/index.ts"
import { Customer } from "#examples/courses/domain/actors.ts"
import { OrderProduct } from "./OrderProduct.ts"
import { scenarios } from "./scenarios.ts"

export const orderProduct = Slice.command({
  title: "Customer orders a product",
  rules: ["Order product with a price that was changed less than 10 minutes ago"],
  by: Customer.puts("/mutation/order-product", "Shop"),
  command: OrderProduct,
  scenarios
})
