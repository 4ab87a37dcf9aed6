import { Effect } from "effect"
import { findServer } from "../../src/layers/nats/findServer.ts"

/** Finds the server once: workers read NATS_SERVER_BIN, and what the tests start themselves finds NATS_SERVER. */
export const setup = async (): Promise<void> => {
  const binary = await Effect.runPromise(findServer())
  process.env.NATS_SERVER = binary
  process.env.NATS_SERVER_BIN = binary
}
