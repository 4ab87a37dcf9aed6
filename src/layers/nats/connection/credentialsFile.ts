import { readFileSync, rmSync, writeFileSync } from "node:fs"
import { basename, join } from "node:path"
import type { NatsConnection } from "@nats-io/transport-node"
import { Effect, Option, Redacted, Schema } from "effect"
import type { Credentials } from "./serverAddress.ts"

/** The file in a data directory that holds the app's credentials for its own server: a context of the `nats` CLI. */
const fileName = "nats-context.json"

const decode = Schema.decodeUnknownOption(
  Schema.fromJsonString(Schema.Struct({ url: Schema.String, user: Schema.String, password: Schema.String }))
)

export const credentialsFile = (dataDir: string): string => join(dataDir, fileName)

/**
 * Writes the file, readable by its owner only, and removes it when the scope closes. It is always a new file: an
 * existing one could be readable by others.
 */
export const writeCredentials = (dataDir: string, url: string, { user, password }: Credentials) => {
  const file = credentialsFile(dataDir)
  const text = JSON.stringify({
    description: "The app's credentials for its own nats-server, new at each start",
    url,
    user,
    password: Redacted.value(password)
  })
  return Effect.acquireRelease(
    Effect.try({
      try: () => {
        rmSync(file, { force: true })
        writeFileSync(file, `${text}\n`, { mode: 0o600, flag: "wx" })
        return file
      },
      catch: (error) => error
    }),
    () => Effect.sync(() => rmSync(file, { force: true }))
  )
}

/** The subject on which an app's own server answers read-only clients with the path of that file. */
export const credentialsSubject = "event-model.credentials"

const requestTimeoutMillis = 1_000

/**
 * Fetches the credentials of an app's own server over a read-only connection to it. `unreadable` if this process may
 * not read their file, undefined if no app started the server.
 */
export const fetchCredentials = async (connection: NatsConnection): Promise<Credentials | "unreadable" | undefined> => {
  try {
    const file = (await connection.request(credentialsSubject, "", { timeout: requestTimeoutMillis })).string()
    return Option.getOrElse(readCredentials(file, connection.info?.port ?? 0), () => "unreadable" as const)
  } catch {
    return undefined
  }
}

/** The credentials in a file if it has the expected name, is readable, and is for the server on this port. */
const readCredentials = (file: string, port: number): Option.Option<Credentials> => {
  if (basename(file) !== fileName) return Option.none()
  try {
    return decode(readFileSync(file, "utf8")).pipe(
      Option.filter(({ url }) => new URL(url).port === String(port)),
      Option.map(({ password, user }) => ({ user, password: Redacted.make(password) }))
    )
  } catch {
    return Option.none()
  }
}
