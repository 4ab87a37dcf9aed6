import { createServer, type Server } from "node:http"
import * as NodeHttpServer from "@effect/platform-node/NodeHttpServer"
import { Context, Data, Deferred, Effect, Layer } from "effect"
import { HttpRouter, HttpServer } from "effect/http"
import type { Board } from "#domain/model/index.ts"
import { type Limits, limited, usualLimits } from "./connectionLimits.ts"
import { Connections } from "./Connections.ts"
import { routing } from "./fallback.ts"
import { goodbye } from "./gracefulShutdown.ts"
import { mostHeaderBytes, refuseExpectation, refuseTunnel, refuseUnreadable } from "./malformedRequest.ts"
import { type Beside, routes } from "./routes.ts"
import { refuseWhileStarting } from "./starting.ts"
import { ignoreUpgrades } from "./upgrades.ts"

export interface Options extends Beside, Limits {
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

const timeouts = {
  headersTimeout: 5_000,
  keepAliveTimeout: 5_000,
  connectionsCheckingInterval: 1_000,
  maxHeaderSize: mostHeaderBytes,
  // A request without a host gets a problem document, like any other.
  requireHostHeader: false
}

const serverOf = ({ requestTimeout = usualLimits.requestTimeout }: Limits) =>
  createServer({ ...timeouts, requestTimeout, headersTimeout: Math.min(timeouts.headersTimeout, requestTimeout) })
    .on("clientError", refuseUnreadable)
    .on("connect", refuseTunnel)
    .on("checkExpectation", refuseExpectation)

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
    Effect.gen(function* () {
      const closing = yield* Deferred.make<void>()
      const server = serverOf(options)
      const connections = new Connections(server)
      yield* limited(connections, options)
      const started = refuseWhileStarting(server)
      const all = routes(board, { ...options, closing: Deferred.await(closing) })
      const farewell = Effect.andThen(Deferred.succeed(closing, undefined), goodbye(connections))
      // On top, so that it is the first to end: answers that go on end, then the server.
      return Layer.effectDiscard(Effect.addFinalizer(() => farewell)).pipe(
        // What serves listens for upgrades as soon as it is there.
        Layer.provideMerge(
          Layer.effectDiscard(
            Effect.sync(() => {
              started()
              ignoreUpgrades(connections)
            })
          )
        ),
        Layer.provideMerge(
          HttpRouter.serve(all, { disableLogger: true, disableListenLog: true, routerConfig: routing })
        ),
        Layer.provideMerge(listening(server, options))
      )
    })
  )

/** Where a server that listens on all addresses of this machine can be asked from it: under its names for itself. */
const reachable = (url: string) => url.replace("//0.0.0.0:", "//127.0.0.1:").replace("//[::]:", "//[::1]:")

/** The same, in a scope: answers with where it listens. */
export const start = (board: Board.Any, options: Options) =>
  Effect.gen(function* () {
    const { address } = Context.get(yield* Layer.build(layer(board, options)), HttpServer.HttpServer)
    return { url: reachable(HttpServer.formatAddress(address)) }
  })
