import { ByteSize, Data, Effect, Result, Schema } from "effect"
import { HttpIncomingMessage, type HttpServerRequest } from "effect/http"
import { type FieldError, maxBodyBytes } from "#layers/http/problems/problemTypes.ts"
import { validationErrorsOf } from "#layers/http/problems/validationErrors.ts"

/** The body is larger than 64 KiB, with or without a Content-Length that says so. */
export class BodyTooLarge extends Data.TaggedError("BodyTooLarge") {}

/** The body ended early, or is not UTF-8. */
export class BodyUnreadable extends Data.TaggedError("BodyUnreadable") {}

const utf8 = new TextDecoder("utf-8", { fatal: true })

/** The text of a body that was received whole. */
export const bodyText = (bytes: Uint8Array): Result.Result<string, BodyTooLarge | BodyUnreadable> =>
  bytes.length > maxBodyBytes
    ? Result.fail(new BodyTooLarge())
    : Result.try({ try: () => utf8.decode(bytes), catch: () => new BodyUnreadable() })

/** The text of a body. One that is too large is rejected before it is read, or when it exceeds the limit. */
export const readBodyText = (
  request: HttpServerRequest.HttpServerRequest
): Effect.Effect<string, BodyTooLarge | BodyUnreadable> =>
  Number(request.headers["content-length"] ?? 0) > maxBodyBytes
    ? Effect.fail(new BodyTooLarge())
    : request.arrayBuffer.pipe(
        Effect.mapError(({ reason }) =>
          reason._tag === "RequestParseError" && reason.reason === "BodyTooLarge"
            ? new BodyTooLarge()
            : new BodyUnreadable()
        ),
        Effect.flatMap((bytes) => Effect.fromResult(bodyText(new Uint8Array(bytes)))),
        Effect.provideService(HttpIncomingMessage.MaxBodySize, ByteSize.bytes(maxBodyBytes))
      )

/** Reads a JSON body; the result has every validation error. */
export const jsonBodyReader = <A>(schema: Schema.Codec<A, any>) => {
  const decode = Schema.decodeUnknownResult(Schema.fromJsonString(schema), { errors: "all", onExcessProperty: "error" })
  return (
    request: HttpServerRequest.HttpServerRequest
  ): Effect.Effect<Result.Result<A, ReadonlyArray<FieldError>>, BodyTooLarge | BodyUnreadable> =>
    Effect.map(readBodyText(request), (body) => Result.mapError(decode(body), (error) => validationErrorsOf(error)))
}
