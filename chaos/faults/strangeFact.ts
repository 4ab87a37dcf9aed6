import { headers } from "@nats-io/transport-node"
import { Effect, Random } from "effect"
import { admin, attempt, type Fault } from "./Fault.ts"

/** A place that nobody asks for, so that only those who follow the log meet what stands there. */
const nowhere = Effect.map(
  Effect.all([Random.nextIntBetween(9001, 9999), Random.nextIntBetween(10, 29)]),
  ([room, day]) => `${room}_2019-01-${day}`
)

const published = Effect.fnUntraced(function* (
  world: Parameters<Fault["inject"]>[0],
  fact: string,
  more: Readonly<Record<string, string>>
) {
  const connection = yield* admin(world)
  const key = yield* nowhere
  const subject = `${world.stream}.room-night.booking.${key}.${fact}`
  const head = headers()
  for (const name in more) head.set(name, more[name]!)
  const answer = yield* attempt("publish", () =>
    connection.request(subject, `{"room":"nobody"}`, { headers: head, timeout: 3_000 })
  )
  return `${subject} at ${answer.json<{ readonly seq?: number }>().seq ?? "no position"}`
})

export const unknownFact: Fault = {
  name: "unknown-fact",
  title: "a fact of a kind that the board does not know gets into the log",
  hits: "servers",
  lasts: [0, 1],
  inject: (world) => published(world, "room-exploded", {})
}

export const poisonFact: Fault = {
  name: "poison-fact",
  title: "a fact that cannot be read gets into the log",
  hits: "servers",
  lasts: [1, 2],
  inject: (world) => published(world, "room-booked", { "ce-type": "RoomBooked" })
}
