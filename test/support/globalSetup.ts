import { Effect } from "effect"
import { resolveBinary } from "#nats-server/resolveBinary.ts"

/** Finds the server once: workers read NATS_SERVER_BIN, and the processes that tests start read NATS_SERVER. */
export const setup = async (): Promise<void> => {
  // The shell's settings of a NATS server must not affect the apps that the tests start.
  for (const name of Object.keys(process.env)) {
    if (name.startsWith("NATS_") && name !== "NATS_SERVER") delete process.env[name]
  }
  const binary = await Effect.runPromise(resolveBinary())
  process.env.NATS_SERVER = binary
  process.env.NATS_SERVER_BIN = binary
}
