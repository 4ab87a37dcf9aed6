import { Schema } from "effect"
import { Command, Projection, Read } from "#domain/model/index.ts"
import { TheIdempotencyToken, TheOrder } from "#examples/courses/domain/boundaries.ts"
import { OrderExists } from "#examples/courses/domain/order/OrderExists.ts"
import { OrderAlreadyExists } from "#examples/courses/domain/order/rejections.ts"
import { OrderPlaced } from "#examples/courses/domain/placement/OrderPlaced.ts"
import { IdempotencyToken, Order } from "#examples/courses/domain/values.ts"

export class Resubmission extends Schema.TaggedClass<Resubmission>()(
  "Resubmission",
  { idempotencyToken: IdempotencyToken },
  { description: "An order with this idempotency token was placed already. Make a new token for each order." }
) {}

const TokenWasUsed = Projection.make({
  name: "TokenWasUsed",
  reads: [OrderPlaced],
  state: Schema.Boolean,
  initial: false,
  evolve: { OrderPlaced: () => true }
})

export const PlaceOrder = Command.make({
  name: "PlaceOrder",
  input: Schema.Struct({ order: Order, idempotencyToken: IdempotencyToken }),
  guards: { wasUsed: Read.one(TokenWasUsed, TheIdempotencyToken), exists: Read.one(OrderExists, TheOrder) },
  emits: [OrderPlaced],
  rejects: [Resubmission, OrderAlreadyExists],
  decide: ({ exists, wasUsed }, { idempotencyToken, order }) => {
    if (wasUsed) return new Resubmission({ idempotencyToken })
    if (exists) return new OrderAlreadyExists({ order })
    return [new OrderPlaced({ order, idempotencyToken })]
  }
})
