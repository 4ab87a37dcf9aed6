import type { Scenario } from "#domain/model/index.ts"
import { OrderAlreadyExists } from "#examples/courses/domain/order/rejections.ts"
import { OrderPlaced } from "#examples/courses/domain/placement/OrderPlaced.ts"
import { type PlaceOrder, Resubmission } from "./PlaceOrder.ts"

const order = { id: "o54321" }
const placed = new OrderPlaced({ order: { id: "o12345" }, idempotencyToken: "11111" })

export const scenarios: Scenario.Named<Scenario.OfCommand<typeof PlaceOrder>> = {
  "Place order with previously used idempotency token": {
    given: [placed],
    when: { order, idempotencyToken: "11111" },
    then: new Resubmission({ idempotencyToken: "11111" })
  },
  // Published after an order with another token and id, which this boundary does not have.
  "Place order with new idempotency token": {
    given: [],
    when: { order, idempotencyToken: "22222" },
    then: [new OrderPlaced({ order, idempotencyToken: "22222" })]
  },
  "Place order with the id of another order": {
    given: [placed],
    when: { order: placed.order, idempotencyToken: "22222" },
    then: new OrderAlreadyExists({ order: placed.order })
  }
}
