import { Slice } from "#domain/model/index.ts"
import { Customer } from "#examples/courses/domain/actors.ts"
import { OrderProducts } from "./OrderProducts.ts"
import { scenarios } from "./scenarios.ts"

export const orderProducts = Slice.command({
  title: "Customer orders several products",
  rules: ["Order multiple products with valid prices"],
  by: Customer.puts("/mutation/order-products", "Shop"),
  command: OrderProducts,
  scenarios
})
