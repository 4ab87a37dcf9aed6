import { createServer, type Server } from "node:http"
import * as NodeHttpServer from "@effect/platform-node/NodeHttpServer"
import { Context, Data, Deferred, Effect, Layer } from "effect"
import { HttpRouter, HttpServer } from "effect/http"
import type { Board } from "#domain/model/index.ts"
import { Connections } from "./Connections.ts"
import { routerConfig } from "./fallback.ts"
import { gracefulShutdown } from "./gracefulShutdown.ts"
import { ignoreUpgrades } from "./ignoreUpgrades.ts"
import { maxRequestHeadBytes, rejectExpectation, rejectTunnel, rejectMalformedRequest } from "./malformedRequest.ts"
import { rejectWhileStarting } from "./rejectWhileStarting.ts"
import { type RouteOptions, routes } from "./routes.ts"
import { type ServerLimits, applyLimits, defaultLimits } from "./serverLimits.ts"

interface ServerOptions extends RouteOptions, ServerLimits {
  /** 0 for any free port; the `HttpServer` that the layer provides has the chosen one. */
  readonly port: number
}

/** The address is in use, not available on this machine, or not permitted. */
export class CannotListen extends Data.TaggedError("CannotListen")<ServerOptions & { readonly reason: string }> {
  override get message() {
    return `Cannot listen on ${this.host}:${this.port}: ${this.reason}.`
  }
}

const listenErrorReasons: Readonly<Record<string, string>> = {
  EADDRINUSE: "the port is in use. Set PORT to another port",
  EACCES: "this user may not listen there. Set PORT to another port",
  EADDRNOTAVAIL: "this machine does not have that address. Set HOST to one it has",
  ENOTFOUND: "there is no such host. Set HOST to another"
}

const nodeServerOptions = {
  headersTimeout: 5_000,
  keepAliveTimeout: 5_000,
  connectionsCheckingInterval: 1_000,
  maxHeaderSize: maxRequestHeadBytes,
  // A request without a host gets a problem document, like any other.
  requireHostHeader: false
}

const createNodeServer = ({ requestTimeoutMillis = defaultLimits.requestTimeoutMillis }: ServerLimits) =>
  createServer({
    ...nodeServerOptions,
    requestTimeout: requestTimeoutMillis,
    headersTimeout: Math.min(nodeServerOptions.headersTimeout, requestTimeoutMillis)
  })
    .on("clientError", rejectMalformedRequest)
    .on("connect", rejectTunnel)
    .on("checkExpectation", rejectExpectation)

const listeningLayer = (server: Server, options: ServerOptions) =>
  NodeHttpServer.layer(() => server, options).pipe(
    Layer.catch(({ cause }) => {
      const { code = "", message } = cause as NodeJS.ErrnoException
      return Layer.effectContext(
        Effect.fail(new CannotListen({ ...options, reason: listenErrorReasons[code] ?? message }))
      )
    })
  )

/**
 * Serves a board over HTTP. When its scope closes, the server accepts no more requests, answers those it has accepted,
 * and closes all connections after at most 15 seconds.
 */
export const layer = (board: Board.Any, options: ServerOptions) =>
  Layer.unwrap(
    Effect.gen(function* () {
      const closing = yield* Deferred.make<void>()
      const server = createNodeServer(options)
      const connections = new Connections(server)
      yield* applyLimits(connections, options)
      const stopRejecting = rejectWhileStarting(server)
      const routesLayer = routes(board, { ...options, closing: Deferred.await(closing) })
      const shutdown = Effect.andThen(Deferred.succeed(closing, undefined), gracefulShutdown(connections))
      // Outermost, so that its finalizer runs first: it ends the event streams, then the server.
      return Layer.effectDiscard(Effect.addFinalizer(() => shutdown)).pipe(
        // After HttpRouter.serve, which adds a listener for upgrades.
        Layer.provideMerge(
          Layer.effectDiscard(
            Effect.sync(() => {
              stopRejecting()
              ignoreUpgrades(connections)
            })
          )
        ),
        Layer.provideMerge(
          HttpRouter.serve(routesLayer, { disableLogger: true, disableListenLog: true, routerConfig: routerConfig })
        ),
        Layer.provideMerge(listeningLayer(server, options))
      )
    })
  )

/** A URL that this machine can connect to: a wildcard address becomes the loopback address. */
const reachableUrl = (url: string) => url.replace("//0.0.0.0:", "//127.0.0.1:").replace("//[::]:", "//[::1]:")

/** Builds `layer` in the current scope and returns the server's URL. */
export const start = (board: Board.Any, options: ServerOptions) =>
  Effect.gen(function* () {
    const { address } = Context.get(yield* Layer.build(layer(board, options)), HttpServer.HttpServer)
    return { url: reachableUrl(HttpServer.formatAddress(address)) }
  })
