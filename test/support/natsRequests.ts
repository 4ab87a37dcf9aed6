import { connect, headers as natsHeaders, type Msg, type NatsConnection } from "@nats-io/transport-node"
import { Context, Effect, Layer } from "effect"
import type { Board } from "#domain/model/index.ts"
import * as CommandService from "#layers/messaging/CommandService.ts"
import { TestServer } from "./testServer.ts"

/** The answer to a request: a receipt, a dry run or a problem. */
export interface NatsAnswer {
  readonly body: any
  readonly headers: Readonly<Record<string, string>>
}

/** A client of a server on which a board takes commands. */
export class NatsClient extends Context.Service<
  NatsClient,
  {
    readonly nats: NatsConnection
    readonly url: string
    /** Sends a request; a body that is no text is sent as JSON. */
    readonly request: (
      subject: string,
      body: unknown,
      headers?: Readonly<Record<string, string>>
    ) => Effect.Effect<NatsAnswer>
  }
>()("test/NatsClient") {}

/** A connection without reconnects, until the scope closes. */
export const connected = (options: Parameters<typeof connect>[0]) =>
  Effect.acquireRelease(
    Effect.promise(() => connect({ reconnect: false, ...options })),
    (nats) => Effect.promise(() => nats.close())
  )

export const toAnswer = (message: Msg): NatsAnswer => {
  const headers: Record<string, string> = {}
  for (const [name, values] of message.headers ?? []) headers[name.toLowerCase()] = values.join()
  return { headers, body: message.string() === "" ? null : message.json() }
}

export const headersOf = (values: Readonly<Record<string, string>>) => {
  const headers = natsHeaders()
  for (const name in values) headers.set(name, values[name]!)
  return headers
}

const toBytes = (body: unknown) =>
  body instanceof Uint8Array || typeof body === "string" ? body : JSON.stringify(body)

export const requester =
  (nats: NatsConnection) =>
  (subject: string, body: unknown, headers: Readonly<Record<string, string>> = {}) =>
    Effect.promise(() => nats.request(subject, toBytes(body), { timeout: 5_000, headers: headersOf(headers) })).pipe(
      Effect.map(toAnswer)
    )

/** A running board takes commands on the test server; its client. */
export const natsClient = (board: Board.Any, options: Partial<CommandService.Options> = {}) =>
  Layer.effect(
    NatsClient,
    Effect.gen(function* () {
      const { url } = yield* TestServer
      const nats = yield* connected({ servers: url })
      return { nats, url, request: requester(nats) }
    })
  ).pipe(
    Layer.provideMerge(
      Layer.unwrap(
        Effect.map(TestServer, ({ url }) =>
          CommandService.layer(board, { address: { servers: url }, rejectionsPerMinute: 600, ...options })
        )
      )
    ),
    Layer.provideMerge(TestServer.layerFast)
  )
