import { checkServerIdentity, type ConnectionOptions as TlsConnection } from "node:tls"
import type { ConnectionOptions } from "@nats-io/transport-node"
import type { ServerAddress } from "./serverAddress.ts"

/**
 * Whether a certificate is that of the server that was dialled. The client dials addresses itself and hands Node an open
 * socket; where it dialled an IP address, it names no server, and Node then takes the certificate of any "localhost" for
 * the right one, and none that names the IP address. Node calls this on the options of the connection.
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
 * The client's options for TLS, none where it is not wanted: then it is used if the server asks for it. The files are read
 * again for each connection, so renewed certificates are taken up at the next.
 */
export const tlsOf = (address: ServerAddress): Pick<ConnectionOptions, "tls"> => {
  if (!wantsTls(address)) return {}
  const { ca, cert, first, key } = address.tls ?? {}
  const files = { ...(ca && { caFile: ca }), ...(cert && { certFile: cert }), ...(key && { keyFile: key }) }
  const tls = { ...files, ...(first && { handshakeFirst: true }), checkServerIdentity: checkDialledIdentity }
  return { tls }
}
