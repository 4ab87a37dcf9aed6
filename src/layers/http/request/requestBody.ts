import { ByteSize, Data, Effect } from "effect"
import { HttpIncomingMessage, type HttpServerRequest } from "effect/http"
import { maxBodyBytes } from "#layers/http/problems/problemTypes.ts"

/** The body has more than 64 KiB, said so or not. */
export class BodyTooLarge extends Data.TaggedError("BodyTooLarge") {}

/** The body broke off, or is not UTF-8. */
export class BodyUnreadable extends Data.TaggedError("BodyUnreadable") {}

const utf8 = new TextDecoder("utf-8", { fatal: true })

/** The text of a body. What is too large is refused before it is read, or as soon as it shows; it is never kept. */
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
        Effect.flatMap((bytes) => {
          try {
            return Effect.succeed(utf8.decode(bytes))
          } catch {
            return Effect.fail(new BodyUnreadable())
          }
        }),
        Effect.provideService(HttpIncomingMessage.MaxBodySize, ByteSize.bytes(maxBodyBytes))
      )
