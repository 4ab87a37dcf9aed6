import { setTimeout } from "node:timers/promises"
import { jetstream, jetstreamManager, type JetStreamManager } from "@nats-io/jetstream"
import { connect } from "@nats-io/transport-node"
import { Context, Effect, Layer } from "effect"
import type { Board } from "#domain/model/index.ts"
import * as Execute from "#layers/commands/commandHandler.ts"
import { Commands } from "#layers/commands/Commands.ts"
import * as Nats from "#layers/nats/natsServices.ts"
import * as Runtime from "#layers/runBoard.ts"
import { Ids } from "#layers/services/Ids.ts"
import type { Services } from "#layers/services/Services.ts"
import type { Environment } from "./Measure.ts"

/** A board's services on a server, and a plain client on a connection of its own. */
export const openBoard = Effect.fnUntraced(function* (environment: Environment, board: Board.Any, folder?: string) {
  const { url } = yield* environment.server(folder)
  const services = yield* Layer.build(Layer.fresh(Nats.layer(board, { servers: url, replicas: 1 })))
  return { url, services, ...(yield* connectClient(url)) }
})

export const connectClient = Effect.fnUntraced(function* (servers: string) {
  const nats = yield* Effect.acquireRelease(
    Effect.tryPromise(() => connect({ servers })),
    (connection) => Effect.promise(() => connection.close())
  )
  const manager = yield* Effect.tryPromise(() => jetstreamManager(nats))
  return { nats, manager, js: jetstream(nats), settle: Effect.tryPromise(() => waitUntilSettled(manager)) }
})

interface WithServices {
  readonly services: Context.Context<Services>
}

/** The board's commands, with a state cache of their own. */
export const commandsOn = (board: Board.Any, { services }: WithServices) =>
  Layer.build(Layer.fresh(Execute.layer(board)).pipe(Layer.provide(Ids.layer))).pipe(
    Effect.provide(services),
    Effect.map((context) => Context.get(context, Commands))
  )

/** Starts the whole board: commands, views and automations. */
export const startRuntime = (board: Board.Any, { services }: WithServices) =>
  Layer.build(Layer.fresh(Runtime.layer(board)).pipe(Layer.provide(Ids.layer))).pipe(Effect.provide(services))

const settleTimeoutMillis = 300_000

/** Waits until the lanes and the audit have copied the log. */
const waitUntilSettled = async (manager: JetStreamManager): Promise<void> => {
  const readState = async () => {
    const streams = await manager.streams.list().next()
    return {
      copied: streams.every(({ sources = [] }) => sources.every(({ lag }) => lag === 0)),
      state: streams.map(({ state: { last_seq } }) => last_seq).join()
    }
  }
  const deadline = Date.now() + settleTimeoutMillis
  for (let before = await readState(); Date.now() < deadline;) {
    await setTimeout(50)
    const now = await readState()
    if (now.copied && now.state === before.state) return
    before = now
  }
  throw new Error(`the server's streams did not settle in ${settleTimeoutMillis / 1000} s`)
}
