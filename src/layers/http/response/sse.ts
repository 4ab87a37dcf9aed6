import { Effect, Fiber, Queue, Schema, Stream } from "effect"
import { HttpServerResponse } from "effect/http"
import type { HttpServerRequest } from "effect/http"
import { HttpApiSchema } from "effect/http-api"
import { Progress } from "#layers/contract/operationsSchema.ts"
import { asJsonOrEvents, eventStream, negotiating } from "#layers/http/checks/negotiation.ts"

export const eventStreamHeaders = {
  "cache-control": "no-cache",
  vary: "accept",
  "x-content-type-options": "nosniff",
  "x-accel-buffering": "no"
}

interface Sent {
  readonly event: string
  readonly data: unknown
  readonly id?: string
}

/** One server-sent event as text. */
export const written = ({ data, event, id }: Sent): string =>
  `${id === undefined ? "" : `id: ${id}\n`}event: ${event}\ndata: ${typeof data === "string" ? data : JSON.stringify(data)}\n\n`

/** Something that is no event: the connection is alive. */
export const comment = ": \n\n"

/** What is sent at once, so that the caller knows that the stream is there. */
export const beginning = `retry: 1000\n${comment}`

const bytes = new TextEncoder()

/** An answer that goes on. */
export const streamed = (chunks: Stream.Stream<string>) =>
  HttpServerResponse.stream(
    Stream.concat(Stream.succeed(beginning), chunks).pipe(Stream.map((text) => bytes.encode(text))),
    { contentType: eventStream, headers: eventStreamHeaders }
  )

/** How an endpoint describes events: a name and what its data is. */
export const describedEvents = (data: Readonly<Record<string, Schema.Constraint>>) =>
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

const preferred = negotiating(asJsonOrEvents)

/** Whether the caller prefers an answer as events. */
export const wantsEvents = ({ headers }: HttpServerRequest.HttpServerRequest): boolean =>
  preferred(headers["accept"]) === eventStream

const textOf = ({ body }: HttpServerResponse.HttpServerResponse): string =>
  body._tag === "Uint8Array" ? new TextDecoder().decode(body.body) : ""

const often = "200 millis"

/**
 * An answer that may take long: as itself, or, for a caller who accepts events, as `progress` events and then one
 * `result` or `problem`.
 */
export const long = (
  request: HttpServerRequest.HttpServerRequest,
  answer: (report: (progress: Progress) => Effect.Effect<void>) => Effect.Effect<HttpServerResponse.HttpServerResponse>
): Effect.Effect<HttpServerResponse.HttpServerResponse> => {
  if (!wantsEvents(request)) return answer(() => Effect.void)
  const chunks = Stream.unwrap(
    Effect.gen(function* () {
      const progress = yield* Queue.sliding<Progress>(1)
      const answering = yield* Effect.forkScoped(answer((done) => Effect.asVoid(Queue.offer(progress, done))))
      const told = Stream.fromEffectRepeat(Effect.andThen(Effect.sleep(often), Queue.take(progress))).pipe(
        Stream.map((data) => written({ event: "progress", data })),
        Stream.interruptWhen(Fiber.await(answering))
      )
      const last = Effect.map(Fiber.join(answering), (response) =>
        written({ event: response.status < 300 ? "result" : "problem", data: textOf(response) })
      )
      return Stream.concat(told, Stream.fromEffect(last))
    })
  )
  return Effect.succeed(streamed(chunks))
}
