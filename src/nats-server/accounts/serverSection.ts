import { quoted, type WebSocketListener, websocketBlock } from "./browserBlocks.ts"

/** PEM files of the server's certificate, and of the authority that clients check it by, unless they know it already. */
export interface Certificates {
  readonly cert: string
  readonly key: string
  readonly ca?: string
}

export interface ServerSection {
  /** `host:port`, as for `websocket.listen`. */
  readonly listen: string
  readonly storeDir: string
  /** The file that receives the server's process id, for a reload. */
  readonly pidFile: string
  readonly maxFileStore: number
  readonly maxMemoryStore: number
  readonly maxPayload: number
  /** Without it the server listens on loopback only. */
  readonly certificates?: Certificates
  readonly websocket?: WebSocketListener
}

const tlsBlock = ({ cert, key }: Certificates, indent: string) =>
  `tls { cert_file: ${quoted(cert)}\n${indent}      key_file: ${quoted(key)} }`

/** The text of `nats.conf`: where the server listens and stores, and the accounts of the file beside it. */
export const renderServer = (section: ServerSection): string => {
  const { certificates, listen, maxFileStore, maxMemoryStore, maxPayload, pidFile, storeDir, websocket } = section
  return [
    "# Written by npm run nats-config; docs/accounts.md explains it. Run it again instead of editing this file.",
    ...(certificates === undefined
      ? ["# Without certificates: it listens on loopback only, and nothing is encrypted."]
      : []),
    `listen: ${quoted(listen)}`,
    ...(certificates === undefined ? [] : [tlsBlock(certificates, "")]),
    `pid_file: ${quoted(pidFile)}`,
    `max_payload: ${maxPayload}`,
    "jetstream {",
    `  store_dir: ${quoted(storeDir)}`,
    "  # Each write is on disk before it is acknowledged; with anything else a power cut loses acknowledged events.",
    "  sync_interval: always",
    `  max_file_store: ${maxFileStore}`,
    `  max_memory_store: ${maxMemoryStore}`,
    "}",
    ...(websocket === undefined
      ? []
      : [websocketBlock(websocket, certificates === undefined ? "no_tls: true" : tlsBlock(certificates, "  "))]),
    `include "accounts.conf"`,
    ""
  ].join("\n")
}
