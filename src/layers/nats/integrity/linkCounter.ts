import type { NatsConnection, ServerInfo } from "@nats-io/transport-node"

const connectionId = (info: ServerInfo | undefined) => info && `${info.server_id} ${info.client_id}`

/**
 * A number for the present link to the server; each reconnect changes it. It changes as soon as the new link exists,
 * while the client's status events may still wait to be read.
 */
export const makeLinkCounter = (nats: { readonly info?: NatsConnection["info"] | undefined }) => {
  let info = nats.info
  let id = connectionId(info)
  let link = 0
  return () => {
    // A server also sends its info again when the cluster changes; the ids in it stay.
    if (nats.info === info) return link
    info = nats.info
    const next = connectionId(info)
    if (next !== id) link++
    id = next
    return link
  }
}
