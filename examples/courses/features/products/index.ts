import { Slice } from "#domain/model/index.ts"
import { Customer } from "#examples/courses/domain/actors.ts"
import { Products } from "./Products.ts"
import { scenarios } from "./scenarios.ts"

export const products = Slice.view({
  title: "Customer looks at the prices",
  rules: ["each product is listed with its current price"],
  by: Customer.gets("/products", "Shop"),
  shows: Products,
  key: {},
  scenarios
})
