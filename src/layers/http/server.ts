import type { Board } from "#domain/grammar/index.ts"
import * as NodeHttpServer from "@effect/platform-node/NodeHttpServer"
import { Context, Data, Deferred, Effect, Layer } from "effect"
import { HttpRouter, HttpServer } from "effect/http"
import { createServer } from "node:http"
import { routing } from "./elsewhere.ts"
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

/** A server that refuses in words, and that leaves no connection behind. */
const listening = (options: Options) =>
  Layer.unwrap(
    Effect.gen(function* () {
      const server = createServer(limits).on("clientError", refuseUnreadable)
      yield* Effect.addFinalizer(() => Effect.sync(() => server.closeAllConnections()))
      return NodeHttpServer.layer(() => server, { ...options, gracefulShutdownTimeout: "1 second" })
    })
  ).pipe(
    Layer.catch(({ cause }) => {
      const { code = "", message } = cause as NodeJS.ErrnoException
      return Layer.effectContext(Effect.fail(new CannotListen({ ...options, reason: reasons[code] ?? message })))
    })
  )

/**
 * Serves a board over HTTP on what runs it. It ends about a second after its scope at the latest: what is being answered
 * until then is answered, the rest is cut off.
 */
export const layer = (board: Board.Any, options: Options) =>
  Layer.unwrap(
    Effect.map(Deferred.make<void>(), (closing) => {
      const all = routes(board, { ...options, closing: Deferred.await(closing) })
      // On top, so that it is the first to end: the server waits for answers that go on.
      return Layer.effectDiscard(Effect.addFinalizer(() => Deferred.succeed(closing, undefined))).pipe(
        Layer.provideMerge(
          HttpRouter.serve(all, { disableLogger: true, disableListenLog: true, routerConfig: routing })
        ),
        Layer.provideMerge(listening(options))
      )
    })
  )

/** The same, in a scope: answers with where it listens. */
export const start = (board: Board.Any, options: Options) =>
  Effect.gen(function* () {
    const { address } = Context.get(yield* Layer.build(layer(board, options)), HttpServer.HttpServer)
    return { url: HttpServer.formatAddress(address) }
  })
