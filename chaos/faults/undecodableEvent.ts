import { headers } from "@nats-io/transport-node"
import { Effect } from "effect"
import { Name } from "#domain/model/index.ts"
import { connectAdmin, attempt, type Fault } from "./Fault.ts"

const publishEvent = Effect.fnUntraced(function* (
  world: Parameters<Fault["inject"]>[0],
  eventToken: string,
  extraHeaders: Readonly<Record<string, string>>
) {
  const connection = yield* connectAdmin(world)
  const subject = `${world.stream}.${yield* world.load.board.unused.prefix}.${eventToken}`
  const messageHeaders = headers()
  for (const name in extraHeaders) messageHeaders.set(name, extraHeaders[name]!)
  const answer = yield* attempt("publish", () =>
    connection.request(subject, `{"nothing":"known"}`, { headers: messageHeaders, timeout: 3_000 })
  )
  return `${subject} at ${answer.json<{ readonly seq?: number }>().seq ?? "no position"}`
})

export const unknownEvent: Fault = {
  name: "unknown-fact",
  title: "an event of a type that the board does not declare is published to the log",
  target: "servers",
  durationSeconds: [0, 1],
  inject: (world) => publishEvent(world, "thing-exploded", {})
}

export const undecodableEvent: Fault = {
  name: "poison-fact",
  title: "an undecodable event is published to the log",
  target: "servers",
  durationSeconds: [1, 2],
  inject: (world) => {
    const { identifier } = world.load.board.unused.event
    return publishEvent(world, Name.kebab(identifier), { "ce-type": identifier })
  }
}
