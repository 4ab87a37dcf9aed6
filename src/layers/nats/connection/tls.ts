import { checkServerIdentity, type ConnectionOptions as TlsConnection } from "node:tls"
import type { ConnectionOptions } from "@nats-io/transport-node"
import type { ServerAddress } from "./serverAddress.ts"

/**
 * Checks that a certificate belongs to the server that was dialled. The client dials addresses itself and passes an
 * open socket to Node. For an IP address it sets no server name; Node would then accept a certificate for "localhost",
 * and none for the IP address. Node calls this with the options of the connection as `this`.
 */
function checkDialledIdentity(
  this: TlsConnection,
  host: string,
  certificate: Parameters<typeof checkServerIdentity>[1]
) {
  const address = (this.socket as { remoteAddress?: string } | undefined)?.remoteAddress
  return checkServerIdentity(this.servername || this.host || address || host, certificate)
}

export const wantsTls = ({ servers, tls }: ServerAddress): boolean =>
  tls !== undefined || servers.split(",").some((server) => server.startsWith("tls://"))

/**
 * The client's options for TLS; none if it is not required: then the client uses it if the server requires it. The
 * files are read again for each connection, so a renewed certificate is used from the next one on.
 */
export const tlsOf = (address: ServerAddress): Pick<ConnectionOptions, "tls"> => {
  if (!wantsTls(address)) return {}
  const { ca, cert, first, key } = address.tls ?? {}
  const files = { ...(ca && { caFile: ca }), ...(cert && { certFile: cert }), ...(key && { keyFile: key }) }
  const tls = { ...files, ...(first && { handshakeFirst: true }), checkServerIdentity: checkDialledIdentity }
  return { tls }
}
