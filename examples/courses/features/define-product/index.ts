import { Slice } from "#domain/model/index.ts"
import { Seller } from "#examples/courses/domain/actors.ts"
import { DefineProduct } from "./DefineProduct.ts"
import { scenarios } from "./scenarios.ts"

export const defineProduct = Slice.command({
  title: "Seller defines a product",
  rules: ["a product is defined once"],
  by: Seller.puts("/mutation/define-product", "Products"),
  command: DefineProduct,
  scenarios
})
