import { Schema } from "effect"
import { Projection } from "#domain/model/index.ts"
import { ProductDefined } from "#examples/courses/domain/product/ProductDefined.ts"
import { ProductPriceChanged } from "#examples/courses/domain/product/ProductPriceChanged.ts"
import { OrderItem } from "#examples/courses/domain/values.ts"

export const Products = Projection.make({
  name: "Products",
  reads: [ProductDefined, ProductPriceChanged],
  state: Schema.Struct({ products: Schema.Array(OrderItem) }),
  initial: { products: [] },
  evolve: {
    ProductDefined: ({ products }, { price, product }) => ({ products: [...products, { product, price }] }),
    ProductPriceChanged: ({ products }, { newPrice, product }) => ({
      products: products.map((each) => (each.product.id === product.id ? { product, price: newPrice } : each))
    })
  }
})
