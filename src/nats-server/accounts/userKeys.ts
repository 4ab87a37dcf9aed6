import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs"
import { dirname, join } from "node:path"
import { nkeys } from "@nats-io/transport-node"
import { Data } from "effect"
import type { Role } from "./users.ts"

/** A file of an earlier run holds no seed. */
export class BadKeyFile extends Data.TaggedError("BadKeyFile")<{ readonly file: string }> {
  override get message() {
    return `${this.file} holds no seed of the expected kind. Restore it, or remove it to have a new key made: its user then needs the new one.`
  }
}

/** The folder of what belongs to a hotel, or to the server. */
export const userFolder = (hotel: string | undefined): string =>
  hotel === undefined ? "server" : join("hotels", hotel)

export const keyFile = (role: Role | "issuer", hotel?: string): string => join(userFolder(hotel), `${role}.nk`)

const makers = { SU: nkeys.createUser, SA: nkeys.createAccount }

/**
 * The public key of the seed in a file. Without the file, makes a key: the seed is in the new file, which only its owner can
 * read, and nowhere else. Throws `BadKeyFile`.
 */
export const publicKeyOf = (file: string, kind: keyof typeof makers = "SU"): string => {
  if (!existsSync(file)) {
    mkdirSync(dirname(file), { recursive: true, mode: 0o700 })
    writeFileSync(file, `${new TextDecoder().decode(makers[kind]().getSeed())}\n`, { mode: 0o600, flag: "wx" })
  }
  const seed = readFileSync(file, "utf8").trim()
  try {
    if (!seed.startsWith(kind)) throw new BadKeyFile({ file })
    return nkeys.fromSeed(new TextEncoder().encode(seed)).getPublicKey()
  } catch {
    throw new BadKeyFile({ file })
  }
}
