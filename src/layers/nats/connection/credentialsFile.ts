import { readFileSync, rmSync, writeFileSync } from "node:fs"
import { basename, join } from "node:path"
import type { NatsConnection } from "@nats-io/transport-node"
import { Effect, Option, Redacted, Schema } from "effect"
import type { Credentials } from "./serverAddress.ts"

/** The file of a data folder in which the app's rights on its own server are: a context of the `nats` CLI. */
const fileName = "nats-context.json"

const decode = Schema.decodeUnknownOption(
  Schema.fromJsonString(Schema.Struct({ url: Schema.String, user: Schema.String, password: Schema.String }))
)

export const credentialsFile = (dataDir: string): string => join(dataDir, fileName)

/**
 * Writes the file, readable by its owner only, until the scope closes. It is always a new file: one that somebody put
 * there before could be readable by others.
 */
export const writeCredentials = (dataDir: string, url: string, { user, password }: Credentials) => {
  const file = credentialsFile(dataDir)
  const text = JSON.stringify({
    description: "The app's rights on its own nats-server, new at each start",
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

/** The subject on which an app's own server answers viewers with the path of that file. */
export const credentialsSubject = "event-model.credentials"

const requestTimeoutMillis = 1_000

/**
 * What an app's own server, to which a viewer is connected, says about the credentials for it: they themselves, or
 * `unreadable` for who may not read them. Undefined where the server is not an app's own.
 */
export const fetchCredentials = async (connection: NatsConnection): Promise<Credentials | "unreadable" | undefined> => {
  try {
    const file = (await connection.request(credentialsSubject, "", { timeout: requestTimeoutMillis })).string()
    return Option.getOrElse(readCredentials(file, connection.info?.port ?? 0), () => "unreadable" as const)
  } catch {
    return undefined
  }
}

/** The credentials in a file if it is one of ours, may be read, and is for the server on this port. */
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
