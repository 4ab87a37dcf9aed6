import { headers } from "@nats-io/transport-node"
import { Effect, Random } from "effect"
import { connectAdmin, attempt, type Fault } from "./Fault.ts"

/** The key of an event stream that no command uses, so that only views and automations read its messages. */
const unusedKey = Effect.map(
  Effect.all([Random.nextIntBetween(9001, 9999), Random.nextIntBetween(10, 29)]),
  ([room, day]) => `${room}_2019-01-${day}`
)

const publishEvent = Effect.fnUntraced(function* (
  world: Parameters<Fault["inject"]>[0],
  eventToken: string,
  extraHeaders: Readonly<Record<string, string>>
) {
  const connection = yield* connectAdmin(world)
  const key = yield* unusedKey
  const subject = `${world.stream}.room-night.booking.${key}.${eventToken}`
  const messageHeaders = headers()
  for (const name in extraHeaders) messageHeaders.set(name, extraHeaders[name]!)
  const answer = yield* attempt("publish", () =>
    connection.request(subject, `{"room":"nobody"}`, { headers: messageHeaders, timeout: 3_000 })
  )
  return `${subject} at ${answer.json<{ readonly seq?: number }>().seq ?? "no position"}`
})

export const unknownEvent: Fault = {
  name: "unknown-fact",
  title: "an event of a type that the board does not declare is published to the log",
  target: "servers",
  durationSeconds: [0, 1],
  inject: (world) => publishEvent(world, "room-exploded", {})
}

export const undecodableEvent: Fault = {
  name: "poison-fact",
  title: "an undecodable event is published to the log",
  target: "servers",
  durationSeconds: [1, 2],
  inject: (world) => publishEvent(world, "room-booked", { "ce-type": "RoomBooked" })
}
