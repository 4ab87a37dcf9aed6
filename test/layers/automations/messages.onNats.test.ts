import { assert, it } from "@effect/vitest"
import { Context, Effect, Exit, Layer, Scope } from "effect"
import type { Board } from "#domain/model/index.ts"
import * as MessageSenderNats from "#layers/nats/adapters/MessageSenderNats.ts"
import * as Nats from "#layers/nats/connection/Nats.ts"
import * as NatsServices from "#layers/nats/natsServices.ts"
import { MessageSender } from "#layers/services/MessageSender.ts"
import { lending } from "#test/boards/lendingBoard.ts"
import { connected } from "#test/support/natsRequests.ts"
import { testServer } from "#test/support/testServer.ts"
import { messages, outgoing, Received, type ReceivedMessage } from "./messages.suite.ts"

const backend = (board: Board.Any) =>
  Layer.unwrap(
    Effect.gen(function* () {
      const { url } = yield* testServer({ syncInterval: "2m" })
      const nats = yield* connected({ servers: url })
      const received: Array<ReceivedMessage> = []
      nats.subscribe("msg.>", {
        callback: (_, message) => {
          const headers = Array.from(message.headers ?? [], ([name, [value = ""]]) => [name.toLowerCase(), value])
          received.push({
            subject: message.subject,
            body: message.string(),
            headers: Object.fromEntries(headers) as Record<string, string>
          })
        }
      })
      yield* Effect.promise(() => nats.flush())
      return Layer.merge(
        NatsServices.layer(board, { servers: url, replicas: 1 }),
        Layer.succeed(Received, { messages: received })
      )
    })
  ).pipe(Layer.orDie)

messages("nats-server", backend)

const senderAt = (servers: string) =>
  Effect.map(Layer.build(MessageSenderNats.layer(lending).pipe(Layer.provide(Nats.layer(servers)))), (context) =>
    Context.get(context, MessageSender)
  )

it.live("a message that the server does not permit is reported as such, and the next one is sent", () =>
  Effect.gen(function* () {
    const user = `{ user: app, password: app, permissions: { publish: { deny: "msg.>" } } }`
    const { port } = yield* testServer({ syncInterval: "2m", extraConfig: `authorization { users: [ ${user} ] }` })
    const { send } = yield* senderAt(`nats://app:app@127.0.0.1:${port}`)
    for (const id of ["a", "b"]) {
      const failure = yield* Effect.flip(send(outgoing({ id })))
      assert.deepInclude(failure, { _tag: "MessageNotPermitted", subject: "msg.lending.ReturnConfirmed" })
      assert.match(failure.message, /Permissions Violation for Publish to "msg\.lending\.ReturnConfirmed"/u)
    }
  }).pipe(Effect.scoped)
)

it.live("a message without a server is not confirmed", () =>
  Effect.gen(function* () {
    const scope = yield* Scope.make()
    const { url } = yield* Effect.provideService(testServer({ syncInterval: "2m" }), Scope.Scope, scope)
    const { send } = yield* senderAt(url)
    yield* send(outgoing({ id: "a" }))
    yield* Scope.close(scope, Exit.void)
    const failure = yield* Effect.flip(send(outgoing({ id: "b" })))
    assert.strictEqual(failure._tag, "MessageNotConfirmed")
  }).pipe(Effect.scoped)
)

it.live("a stream over the messages stores a repetition once", () =>
  Effect.gen(function* () {
    const { url } = yield* testServer({ syncInterval: "2m" })
    const nats = yield* connected({ servers: url })
    const request = (subject: string, body: object) =>
      Effect.promise(async () => (await nats.request(`$JS.API.STREAM.${subject}`, JSON.stringify(body))).json<any>())
    yield* request("CREATE.mail", { name: "mail", subjects: ["msg.lending.>"] })
    const { send } = yield* senderAt(url)
    for (const id of ["a", "a", "b"]) yield* send(outgoing({ id }))
    // The server stores messages after it has confirmed their publication.
    yield* request("INFO.mail", {}).pipe(Effect.repeat({ until: ({ state }) => state.messages >= 2 }))
    assert.strictEqual((yield* request("INFO.mail", {})).state.messages, 2)
  }).pipe(Effect.scoped)
)
