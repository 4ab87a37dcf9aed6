import { existsSync, mkdirSync, readdirSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { Data } from "effect"
import { hotelLimits, payloadBytes } from "./accountLimits.ts"
import { type Accounts, type PublicKeys, renderAccounts } from "./accountsConfig.ts"
import type { WebSocketListener } from "./browserBlocks.ts"
import { type Certificates, renderServer } from "./serverSection.ts"
import { makeTestCertificates } from "./testCertificates.ts"
import { keyFile, publicKeyOf, userFolder } from "./userKeys.ts"
import { inboxPrefix, type Role } from "./users.ts"

/** The folder has content, and would be changed. */
export class FolderNotEmpty extends Data.TaggedError("FolderNotEmpty")<{ readonly folder: string }> {
  override get message() {
    return (
      `${this.folder} is not empty, and nothing was changed. Add --force to write its configuration again: the keys that it has are ` +
      "kept, so users of hotels that stay need nothing new. Or name another folder with --out."
    )
  }
}

export interface Output extends Omit<Accounts, "issuer"> {
  /** An absolute path. */
  readonly folder: string
  readonly isForced: boolean
  /** `host:port` */
  readonly listen: string
  /** The host name by which clients connect. */
  readonly host: string
  readonly storeDir?: string
  readonly certificates: Certificates | "test" | undefined
  readonly websocket?: WebSocketListener
  readonly hasBrowserSessions: boolean
}

const testCertificates = (folder: string, host: string): Certificates => {
  const tls = join(folder, "tls")
  const files = { ca: join(tls, "ca.pem"), cert: join(tls, "server.pem"), key: join(tls, "server.key") }
  if (Object.values(files).every((file) => existsSync(file))) return files
  mkdirSync(tls, { recursive: true, mode: 0o700 })
  const made = makeTestCertificates([...new Set([host, "localhost", "127.0.0.1", "::1"])])
  writeFileSync(files.key, made.key, { mode: 0o600 })
  writeFileSync(files.cert, made.cert)
  writeFileSync(files.ca, made.ca)
  return files
}

const portOf = (listen: string) => listen.slice(listen.lastIndexOf(":") + 1)
const bracketed = (host: string) => (host.includes(":") ? `[${host}]` : host)
const shellQuoted = (text: string) => `'${text.replaceAll("'", `'\\''`)}'`

/** What a user connects with: settings of the app, and a context of the `nats` CLI. Both name the file of the seed. */
const writeSettings = (
  { board, folder, host, listen, replicas, websocket }: Output,
  certificates: Certificates | undefined,
  role: Role,
  hotel?: string
) => {
  const nkey = join(folder, keyFile(role, hotel))
  const isBrowser = role === "browser"
  const scheme = `${isBrowser ? "ws" : certificates ? "tls" : "nats"}${isBrowser && certificates ? "s" : ""}`
  const url = `${scheme}://${bracketed(host)}:${portOf(isBrowser ? websocket!.listen : listen)}`
  const at = (kind: string) => join(folder, userFolder(hotel), `${role}.${kind}`)
  const context = { url, nkey, ca: certificates?.ca, inbox_prefix: inboxPrefix(role) }
  writeFileSync(at("json"), `${JSON.stringify(context, undefined, 2)}\n`)
  if (role !== "service" && role !== "operations") return
  const settings = {
    BOARD: board.name,
    NATS_URL: url,
    NATS_NKEY: nkey,
    NATS_INBOX_PREFIX: inboxPrefix(role),
    ...(certificates?.ca !== undefined && { NATS_CA: certificates.ca }),
    ...(replicas > 1 && { NATS_REPLICAS: String(replicas) })
  }
  writeFileSync(
    at("env"),
    Object.entries(settings)
      .map(([name, value]) => `${name}=${shellQuoted(value)}\n`)
      .join("")
  )
}

/**
 * Writes `nats.conf`, `accounts.conf`, and for each user a file with the seed, settings and a context. Keys and test
 * certificates that the folder has are kept. Throws `FolderNotEmpty`, `BadKeyFile` and errors of the file system.
 */
export const writeAccounts = (output: Output): void => {
  const { board, buckets, folder, hasBrowserSessions, host, hotels, isForced, websocket } = output
  if (!isForced && existsSync(folder) && readdirSync(folder).length > 0) throw new FolderNotEmpty({ folder })
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  // Seeds must not get into a repository that the folder happens to be in.
  writeFileSync(join(folder, ".gitignore"), "*\n")
  const certificates = output.certificates === "test" ? testCertificates(folder, host) : output.certificates
  const keys: PublicKeys = (role, hotel) => publicKeyOf(join(folder, keyFile(role, hotel)))
  const issuer = hasBrowserSessions ? { issuer: publicKeyOf(join(folder, keyFile("issuer")), "SA") } : {}
  const accounts: Accounts = { ...output, ...issuer }
  const { jetstream } = hotelLimits(board, output)
  writeFileSync(join(folder, "accounts.conf"), renderAccounts(accounts, keys))
  writeFileSync(
    join(folder, "nats.conf"),
    renderServer({
      listen: output.listen,
      storeDir: output.storeDir ?? join(folder, "jetstream"),
      pidFile: join(folder, "nats-server.pid"),
      // Each node holds one of the replicas.
      maxFileStore: Math.ceil((hotels.length * jetstream!.maxStore) / output.replicas),
      maxMemoryStore: hotels.length * jetstream!.maxMemory,
      maxPayload: payloadBytes(board),
      ...(certificates !== undefined && { certificates }),
      ...(websocket !== undefined && { websocket })
    })
  )
  const write = (role: Role, hotel?: string) => writeSettings(output, certificates, role, hotel)
  for (const hotel of hotels) {
    write("service", hotel)
    write("operations", hotel)
    if (websocket !== undefined && buckets.length > 0) write("browser", hotel)
  }
  write("partner")
  write("system")
  if (hasBrowserSessions) write("callout")
}
