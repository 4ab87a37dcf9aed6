import { assert, it } from "@effect/vitest"
import type { ServerInfo } from "@nats-io/transport-node"
import { makeLinkCounter } from "#layers/nats/integrity/linkCounter.ts"

const info = (server_id: string, client_id: number, connect_urls: ReadonlyArray<string> = []) =>
  ({ server_id, client_id, connect_urls }) as unknown as ServerInfo

it("a link changes with each reconnect, and not when the server announces its cluster", () => {
  const nats = { info: info("a", 5) as ServerInfo | undefined }
  const link = makeLinkCounter(nats)
  const seen = [link()]
  const next = (to: ServerInfo | undefined) => {
    nats.info = to
    seen.push(link())
  }
  next(info("a", 5, ["127.0.0.1:4223"]))
  assert.strictEqual(seen[1], seen[0])
  next(undefined)
  next(info("a", 6))
  next(info("b", 6))
  assert.strictEqual(new Set(seen).size, 4)
  assert.strictEqual(link(), seen.at(-1))
})
