import { once } from "node:events"
import { type AddressInfo, connect, createServer, type Socket } from "node:net"
import { assert, it } from "@effect/vitest"
import { Effect } from "effect"
import { freePort } from "../../bench/freePort.ts"
import { cutMidFrame } from "../../chaos/faults/cutMidFrame.ts"
import type { World } from "../../chaos/faults/Fault.ts"
import { Proxy } from "../../chaos/proxy/Proxy.ts"

/** A server that records the bytes it receives, and a proxy in front of it. */
const listener = Effect.gen(function* () {
  const received: Array<Buffer> = []
  const server = createServer((socket: Socket) => void socket.on("data", (bytes) => received.push(bytes)))
  yield* Effect.promise(() => once(server.listen(0, "127.0.0.1"), "listening"))
  const proxy = new Proxy(yield* Effect.promise(freePort), (server.address() as AddressInfo).port, "frames")
  yield* Effect.promise(() => proxy.open())
  yield* Effect.addFinalizer(() =>
    Effect.sync(() => {
      proxy.close()
      server.close()
    })
  )
  return { proxy, text: () => Buffer.concat(received).toString() }
})

it.live("a connection that breaks in the middle of a message delivers nothing after the break", () =>
  Effect.gen(function* () {
    const { proxy, text } = yield* listener
    yield* cutMidFrame.inject({ apps: [{ name: "a", links: [proxy] }] } as unknown as World)
    const client = connect(proxy.port, "127.0.0.1")
    const first = "HPUB a 12 14\r\nNATS/1.0\r\n\r\nhi\r\n"
    client.write(`${first}HPUB b 12 14\r\nNATS/1.0\r\n\r\nho\r\n`)
    yield* Effect.promise(() => once(client, "close"))
    assert.strictEqual(text(), first.slice(0, first.length >> 1))
  }).pipe(Effect.scoped)
)
