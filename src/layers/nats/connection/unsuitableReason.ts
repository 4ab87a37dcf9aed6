import type { ServerInfo } from "@nats-io/transport-node"

/** Older versions reject valid batches (nats-server#8376). */
const isNewEnough = (version: string): boolean => {
  const [major = 0, minor = 0, patch = 0] = version.split(/[.-]/u).map(Number)
  const comparable = major * 1e6 + minor * 1e3 + patch
  return comparable >= 2_014_004 || (comparable >= 2_012_014 && comparable < 2_013_000)
}

/**
 * The smallest `max_payload` that fits everything an app stores beside its events: with less its views would start over
 * forever, since their checkpoints do not fit.
 */
const minPayloadBytes = 65_536

/**
 * The reason why a server is unsuitable; undefined if it is suitable. `remedy` is set where another server is not the
 * remedy.
 */
export const unsuitableReason = (
  info: ServerInfo | undefined
): { readonly reason: string; readonly remedy?: string } | undefined => {
  const { cluster, jetstream, max_payload: maxPayloadBytes = minPayloadBytes, version = "unknown" } = info ?? {}
  if (!isNewEnough(version)) return { reason: `it is nats-server ${version}, and 2.14.4 or newer is needed` }
  // A node of a cluster forwards requests to other nodes, even one that has turned JetStream off because its disk is
  // full.
  if (!jetstream && cluster === undefined) return { reason: "JetStream is not enabled there" }
  if (maxPayloadBytes >= minPayloadBytes) return undefined
  return {
    reason: `its max_payload is ${maxPayloadBytes} bytes, and events and rows need ${minPayloadBytes} at least`,
    remedy: "Raise max_payload in the configuration of that server; 1MB is nats-server's default"
  }
}
