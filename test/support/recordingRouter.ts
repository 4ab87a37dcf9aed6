import { Effect, Layer } from "effect"
import { HttpRouter } from "effect/http"

/** A router that records its routes, as `GET /rooms/:room`. */
export const recordingRouter = (routes: Set<string>) =>
  Layer.effect(
    HttpRouter.HttpRouter,
    Effect.map(HttpRouter.make, (router) => {
      const addAll: typeof router.addAll = (added) => {
        for (const { method, path } of added) routes.add(`${method} ${path}`)
        return router.addAll(added)
      }
      const add: typeof router.add = (method, path, handler, options) => {
        routes.add(`${method} ${path}`)
        return router.add(method, path, handler, options)
      }
      return { ...router, addAll, add }
    })
  )
