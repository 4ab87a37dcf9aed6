import { Context, Effect, Layer } from "effect"
import { createHash, randomUUID } from "node:crypto"

/** Where fresh ids come from, so that tests can know them. */
export class Ids extends Context.Service<Ids, { readonly fresh: Effect.Effect<string> }>()("layers/Ids") {
  static readonly layer = Layer.succeed(Ids, { fresh: Effect.sync(() => randomUUID()) })

  /** 1, 2, 3 … behind a prefix. */
  static readonly layerTest = (prefix = "id") =>
    Layer.sync(Ids, () => {
      let last = 0
      return { fresh: Effect.sync(() => `${prefix}-${++last}`) }
    })
}

const namespace = Buffer.from("6f9619ff8b864d01b42d00cf4fc964ff", "hex")

/** A UUIDv5 (RFC 9562) of a name: the same name gives the same id, here and on every other machine. */
export const derive = (name: string): string => {
  const hash = createHash("sha1").update(namespace).update(name).digest()
  hash[6] = (hash[6]! & 0x0f) | 0x50
  hash[8] = (hash[8]! & 0x3f) | 0x80
  const hex = hash.toString("hex", 0, 16)
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`
}

/** A short digest of anything that JSON can say; key order matters, so pass what a schema encoded. */
export const digest = (value: unknown): string =>
  createHash("sha256").update(JSON.stringify(value)).digest("base64url").slice(0, 22)
