import { createServer } from "node:http"
import * as NodeHttpServer from "@effect/platform-node/NodeHttpServer"
import * as NodeRuntime from "@effect/platform-node/NodeRuntime"
import { Effect, Layer, Schema } from "effect"
import { HttpRouter, HttpServer } from "effect/http"
import { HttpApi, HttpApiBuilder, HttpApiEndpoint, HttpApiGroup, HttpApiSchema } from "effect/http-api"
import { BookRoom } from "#features/hotel-booking/book-room/BookRoom.ts"

// An endpoint with BookRoom's payload schema that does nothing.

const api = HttpApi.make("empty").add(
  HttpApiGroup.make("commands", { topLevel: true }).add(
    HttpApiEndpoint.put("bookRoom", "/mutation/book-room", {
      payload: Schema.Struct({ data: BookRoom.input, correlationId: Schema.optionalKey(Schema.String) }),
      success: HttpApiSchema.NoContent
    })
  )
)

const handlers = HttpApiBuilder.group(api, "commands", (handlers) =>
  handlers.handleAll({ bookRoom: () => Effect.void })
)

const reportUrl = HttpServer.HttpServer.use(({ address }) =>
  Effect.sync(() => process.send!({ url: HttpServer.formatAddress(address) }))
)

const layer = Layer.effectDiscard(reportUrl).pipe(
  Layer.provideMerge(
    HttpRouter.serve(HttpApiBuilder.layer(api).pipe(Layer.provide(handlers)), {
      disableLogger: true,
      disableListenLog: true
    })
  ),
  Layer.provide(NodeHttpServer.layer(createServer, { port: 0, host: "127.0.0.1" }))
)

process.on("disconnect", () => process.exit())
NodeRuntime.runMain(Layer.launch(layer), { teardown: (_, onExit) => onExit(0) })
