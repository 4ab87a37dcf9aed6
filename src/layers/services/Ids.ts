import { createHmac, hash, randomBytes, randomUUID } from "node:crypto"
import { Context, Effect, Layer, Predicate } from "effect"

/** 43 characters of base64url that nobody can derive from the name without the key. */
const keyedSecret = (key: string | Uint8Array) => (name: string) =>
  createHmac("sha256", key).update(name).digest("base64url")

/** Generates ids and secrets; a service, so that tests can predict them. */
export class Ids extends Context.Service<
  Ids,
  {
    readonly fresh: Effect.Effect<string>
    /**
     * The secret of a name: the same for each attempt of a command in this process. Each process has a key of its own: a
     * command that is repeated elsewhere gets the receipt of what was stored first.
     */
    readonly secret: (name: string) => string
  }
>()("layers/Ids") {
  static readonly layer = Layer.sync(Ids, () => ({
    fresh: Effect.sync(() => randomUUID() as string),
    secret: keyedSecret(randomBytes(32))
  }))

  /** `id-1`, `id-2`, … */
  static readonly layerTest = (prefix = "id") =>
    Layer.sync(Ids, () => {
      let last = 0
      return { fresh: Effect.sync(() => `${prefix}-${++last}`), secret: keyedSecret(prefix) }
    })
}

const namespace = Buffer.from("6f9619ff8b864d01b42d00cf4fc964ff", "hex")

/** A UUIDv5 (RFC 9562) of a name: the same name gives the same id on every machine. */
export const deriveId = (name: string): string => {
  const hex = hash("sha1", Buffer.concat([namespace, Buffer.from(name)]), "hex")
  const variant = ((Number.parseInt(hex[16]!, 16) & 0x3) | 0x8).toString(16)
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-5${hex.slice(13, 16)}-${variant}${hex.slice(17, 20)}-${hex.slice(20, 32)}`
}

/** A JSON replacer that sorts the keys, so that equal values give equal JSON. */
const sortKeys = (_: string, value: unknown): unknown =>
  Predicate.isObject(value) && !Array.isArray(value)
    ? Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)))
    : value

/** A short digest of a JSON value; the order of its keys does not matter. */
export const digest = (value: unknown): string =>
  hash("sha256", JSON.stringify(value, sortKeys), "base64url").slice(0, 22)
