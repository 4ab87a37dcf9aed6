import type { Board } from "#domain/grammar/index.ts"
import * as NodeHttpServer from "@effect/platform-node/NodeHttpServer"
import { Context, Data, Deferred, Effect, Layer } from "effect"
import { HttpRouter, HttpServer } from "effect/http"
import { createServer, type Server } from "node:http"
import { routing } from "./elsewhere.ts"
import { goodbye } from "./goodbye.ts"
import { type Beside, routes } from "./routes.ts"
import { refuseUnreadable } from "./unreadable.ts"

export interface Options extends Beside {
  readonly host: string
  /** 0 for any that is free; the `HttpServer` that the layer provides knows which. */
  readonly port: number
}

/** Somebody else listens there, or it may not be listened there. */
export class CannotListen extends Data.TaggedError("CannotListen")<Options & { readonly reason: string }> {
  override get message() {
    return `Cannot listen on ${this.host}:${this.port}: ${this.reason}.`
  }
}

const reasons: Readonly<Record<string, string>> = {
  EADDRINUSE: "something else does. Set PORT to another port",
  EACCES: "this user may not. Set PORT to another port",
  EADDRNOTAVAIL: "this machine does not have that address. Set HOST to one it has",
  ENOTFOUND: "there is no such host. Set HOST to another"
}

const limits = {
  requestTimeout: 15_000,
  headersTimeout: 5_000,
  keepAliveTimeout: 5_000,
  connectionsCheckingInterval: 1_000,
  maxHeaderSize: 8_192
}

const listening = (server: Server, options: Options) =>
  NodeHttpServer.layer(() => server, options).pipe(
    Layer.catch(({ cause }) => {
      const { code = "", message } = cause as NodeJS.ErrnoException
      return Layer.effectContext(Effect.fail(new CannotListen({ ...options, reason: reasons[code] ?? message })))
    })
  )

/**
 * Serves a board over HTTP on what runs it. At the end of its scope it accepts nothing more, answers what it has accepted,
 * and cuts off what takes longer than 15 seconds.
 */
export const layer = (board: Board.Any, options: Options) =>
  Layer.unwrap(
    Effect.map(Deferred.make<void>(), (closing) => {
      const server = createServer(limits).on("clientError", refuseUnreadable)
      const all = routes(board, { ...options, closing: Deferred.await(closing) })
      const farewell = Effect.andThen(Deferred.succeed(closing, undefined), goodbye(server))
      // On top, so that it is the first to end: answers that go on end, then the server.
      return Layer.effectDiscard(Effect.addFinalizer(() => farewell)).pipe(
        Layer.provideMerge(
          HttpRouter.serve(all, { disableLogger: true, disableListenLog: true, routerConfig: routing })
        ),
        Layer.provideMerge(listening(server, options))
      )
    })
  )

/** The same, in a scope: answers with where it listens. */
export const start = (board: Board.Any, options: Options) =>
  Effect.gen(function* () {
    const { address } = Context.get(yield* Layer.build(layer(board, options)), HttpServer.HttpServer)
    return { url: HttpServer.formatAddress(address) }
  })
