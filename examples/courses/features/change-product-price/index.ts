import { Slice } from "#domain/model/index.ts"
import { Seller } from "#examples/courses/domain/actors.ts"
import { ChangeProductPrice } from "./ChangeProductPrice.ts"
import { scenarios } from "./scenarios.ts"

export const changeProductPrice = Slice.command({
  title: "Seller changes the price of a product",
  rules: ["the price of a product may change at any time"],
  by: Seller.puts("/mutation/change-product-price", "Products"),
  command: ChangeProductPrice,
  scenarios
})
