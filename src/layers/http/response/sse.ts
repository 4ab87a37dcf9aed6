import { Effect, Fiber, Queue, Schema, Stream } from "effect"
import { HttpServerResponse } from "effect/http"
import type { HttpServerRequest } from "effect/http"
import { HttpApiSchema } from "effect/http-api"
import { Progress } from "#layers/contract/operationsSchema.ts"
import { jsonOrSse, sseMediaType, mediaTypeNegotiator } from "#layers/http/checks/negotiation.ts"

export const sseHeaders = {
  "cache-control": "no-cache",
  vary: "accept",
  "x-content-type-options": "nosniff",
  "x-accel-buffering": "no"
}

interface ServerSentEvent {
  readonly event: string
  readonly data: unknown
  readonly id?: string
}

/** One server-sent event as text. */
export const encodeSse = ({ data, event, id }: ServerSentEvent): string =>
  `${id === undefined ? "" : `id: ${id}\n`}event: ${event}\ndata: ${typeof data === "string" ? data : JSON.stringify(data)}\n\n`

/** A comment, which clients ignore: it keeps the connection alive. */
export const sseComment = ": \n\n"

/** Sent at once, so that the client sees an open stream. */
export const ssePreamble = `retry: 1000\n${sseComment}`

const utf8Encoder = new TextEncoder()

/** A streaming response. */
const sseResponse = (chunks: Stream.Stream<string>) =>
  HttpServerResponse.stream(
    Stream.concat(Stream.succeed(ssePreamble), chunks).pipe(Stream.map((text) => utf8Encoder.encode(text))),
    { contentType: sseMediaType, headers: sseHeaders }
  )

/** The schema of an endpoint's server-sent events: for each event name, the schema of its data. */
export const sseSchema = (data: Readonly<Record<string, Schema.Constraint>>) =>
  HttpApiSchema.StreamSse({
    events: Schema.Union(
      Object.entries(data).map(([event, schema]) =>
        Schema.Struct({
          id: Schema.optional(Schema.String),
          event: Schema.Literal(event),
          data: Schema.fromJsonString(schema as Schema.Codec<unknown>)
        })
      )
    ) as never
  })

/** A response as server-sent events: its progress, then the result or a problem. */
export const progressResponse = (result: Schema.Constraint) =>
  sseSchema({ progress: Progress, result, problem: Schema.JsonObject })

const preferredMediaType = mediaTypeNegotiator(jsonOrSse)

/** Whether the client prefers a response as server-sent events. */
export const wantsEvents = ({ headers }: HttpServerRequest.HttpServerRequest): boolean =>
  preferredMediaType(headers["accept"]) === sseMediaType

const bodyTextOf = ({ body }: HttpServerResponse.HttpServerResponse): string =>
  body._tag === "Uint8Array" ? new TextDecoder().decode(body.body) : ""

const progressInterval = "200 millis"

/**
 * Responds to a request that may take long: plainly, or, for a client that prefers server-sent events, with `progress`
 * events and then one `result` or `problem`.
 */
export const respondWithProgress = (
  request: HttpServerRequest.HttpServerRequest,
  respond: (report: (progress: Progress) => Effect.Effect<void>) => Effect.Effect<HttpServerResponse.HttpServerResponse>
): Effect.Effect<HttpServerResponse.HttpServerResponse> => {
  if (!wantsEvents(request)) return respond(() => Effect.void)
  const chunks = Stream.unwrap(
    Effect.gen(function* () {
      const progress = yield* Queue.sliding<Progress>(1)
      const responseFiber = yield* Effect.forkScoped(respond((done) => Effect.asVoid(Queue.offer(progress, done))))
      const progressEvents = Stream.fromEffectRepeat(
        Effect.andThen(Effect.sleep(progressInterval), Queue.take(progress))
      ).pipe(
        Stream.map((data) => encodeSse({ event: "progress", data })),
        Stream.interruptWhen(Fiber.await(responseFiber))
      )
      const finalEvent = Effect.map(Fiber.join(responseFiber), (response) =>
        encodeSse({ event: response.status < 300 ? "result" : "problem", data: bodyTextOf(response) })
      )
      return Stream.concat(progressEvents, Stream.fromEffect(finalEvent))
    })
  )
  return Effect.succeed(sseResponse(chunks))
}
