import { hash } from "node:crypto"
import { promisify } from "node:util"
import zlib from "node:zlib"
import { Effect } from "effect"
import { type HttpServerRequest, HttpServerResponse } from "effect/http"
import { mediaTypeNegotiator, notAcceptable } from "#layers/http/checks/negotiation.ts"

/** The supported content encodings, the best first. */
type ContentEncoding = "br" | "gzip" | "identity"

interface Representation {
  readonly body: Uint8Array
  /** Each encoding is other bytes, so a strong ETag names it. */
  readonly etag: string
}

/**
 * Compressing smaller content gains nothing; the best levels take seconds for larger content than `largeContentBytes`.
 */
const minBytesToCompress = 1_024
const largeContentBytes = 512 * 1_024

/** Media types that are compressed already. */
const compressedTypes = /^(?:image\/(?!svg)|font\/|audio\/|video\/)/u

const compress = {
  br: (body: Uint8Array) =>
    promisify(zlib.brotliCompress)(body, {
      params: {
        [zlib.constants.BROTLI_PARAM_QUALITY]: body.length > largeContentBytes ? 6 : 9,
        [zlib.constants.BROTLI_PARAM_SIZE_HINT]: body.length
      }
    }),
  gzip: (body: Uint8Array) => promisify(zlib.gzip)(body, { level: body.length > largeContentBytes ? 6 : 9 })
}

/** The best encoding that an Accept-Encoding header allows. */
export const encodingFor = (acceptEncoding: string | undefined): ContentEncoding => {
  const weights = new Map(
    (acceptEncoding ?? "").split(",").map((part) => {
      const [name = "", ...parameters] = part.split(";").map((text) => text.trim().toLowerCase())
      const q = parameters.find((parameter) => parameter.startsWith("q="))
      return [name, q === undefined ? 1 : Number(q.slice(2))]
    })
  )
  const weight = (name: string) => weights.get(name) ?? weights.get("*") ?? 0
  const best = weight("gzip") > weight("br") ? "gzip" : "br"
  return weight(best) > 0 && weight(best) >= (weights.get("identity") ?? 0) ? best : "identity"
}

/**
 * Content that is the same for every client. It is compressed once per encoding, on the first request for that
 * encoding, and all responses share those bytes: a client that does not read costs no copy.
 */
export class StaticContent {
  readonly contentType: string
  readonly mediaType: string
  readonly #preferred: ReturnType<typeof mediaTypeNegotiator>
  readonly #body: Uint8Array
  readonly #digest: string
  readonly #representations = new Map<ContentEncoding, Promise<Representation>>()

  constructor(body: Uint8Array | string, contentType: string) {
    this.contentType = contentType
    this.mediaType = contentType.split(";", 1)[0]!
    this.#preferred = mediaTypeNegotiator([this.mediaType])
    this.#body = typeof body === "string" ? Buffer.from(body) : body
    this.#digest = hash("sha256", this.#body, "base64url").slice(0, 22)
  }

  isAccepted(accept: string | undefined): boolean {
    return this.#preferred(accept) !== undefined
  }

  /** The content in the best encoding that a client accepts; uncompressed where compression makes no sense. */
  representationFor(acceptEncoding: string | undefined): readonly [ContentEncoding, Promise<Representation>] {
    const acceptedEncoding = encodingFor(acceptEncoding)
    const encoding =
      this.#body.length < minBytesToCompress || compressedTypes.test(this.contentType) ? "identity" : acceptedEncoding
    const cached = this.#representations.get(encoding)
    if (cached) return [encoding, cached]
    const representation = this.#encode(encoding)
    this.#representations.set(encoding, representation)
    return [encoding, representation]
  }

  async #encode(encoding: ContentEncoding): Promise<Representation> {
    return encoding === "identity"
      ? { body: this.#body, etag: `"${this.#digest}"` }
      : { body: await compress[encoding](this.#body), etag: `"${this.#digest}-${encoding}"` }
  }
}

/** Responds with content in the client's preferred encoding; 406 if the client does not accept its media type. */
export const serveContent = (
  { headers: { accept, "accept-encoding": acceptEncoding } }: HttpServerRequest.HttpServerRequest,
  content: StaticContent,
  headers: Readonly<Record<string, string>>
): Effect.Effect<HttpServerResponse.HttpServerResponse> =>
  Effect.promise(async () => {
    if (!content.isAccepted(accept)) return notAcceptable([content.mediaType])
    const [encoding, representation] = content.representationFor(acceptEncoding)
    const { body, etag } = await representation
    const allHeaders = { ...headers, etag, vary: "accept-encoding" }
    return HttpServerResponse.uint8Array(body, {
      contentType: content.contentType,
      headers: encoding === "identity" ? allHeaders : { ...allHeaders, "content-encoding": encoding }
    })
  })
