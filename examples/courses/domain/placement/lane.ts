import { Lane } from "#domain/model/index.ts"
import { TheIdempotencyToken, TheOrder } from "../boundaries.ts"
import { OrderPlaced } from "./OrderPlaced.ts"

/** Orders that are placed with an idempotency token. Each uses up its token, and the id of its order. */
export const Placements = Lane.make({
  title: "Placements",
  name: "order-placements",
  prefix: "placement",
  boundary: TheIdempotencyToken,
  also: [TheOrder],
  events: [OrderPlaced],
  retention: { maxBytes: "64 MiB" }
})
