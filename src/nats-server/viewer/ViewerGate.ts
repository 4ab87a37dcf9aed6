import { type Msg, type NatsConnection, nuid } from "@nats-io/transport-node"
import { Effect } from "effect"
import { credentialsFile } from "#layers/nats/connection/credentialsFile.ts"
import { openConnection } from "#layers/nats/connection/Nats.ts"
import type { ServerAddress } from "#layers/nats/connection/serverAddress.ts"
import { subscriptionsSent } from "#layers/nats/connection/subscriptionsSent.ts"
import { gatedSubjects } from "#nats-server/serverConfig.ts"
import { parseConsumerRequest, deliverSubject, viewerConsumerName, boundedPullRequest } from "./viewerConsumer.ts"

/** Concurrent consumers of all viewers; a request for another gets an error. */
const maxConsumers = 64

/** An error response in the form of the server's API. */
const errorResponse = (type: string, reason: string) =>
  JSON.stringify({
    type: `io.nats.jetstream.api.v1.consumer_${type}_response`,
    error: { code: 403, err_code: 10_000, description: `clients without credentials can only read: ${reason}` }
  })

const hasError = (answer: string): boolean => answer.includes('"error":')

/** A viewer's request, and the subject by which a response reaches its inbox. */
interface Request {
  readonly message: Msg
  readonly reply: string
}

/** The tokens behind `_VIEW.api.<verb>` in the subject of a request. */
const tokensOf = ({ subject }: Msg): ReadonlyArray<string> => subject.split(".").slice(3)

/** The handlers of the requests, which act with the app's rights over `nats`. */
const makeHandlers = (nats: NatsConnection, dataDir: string) => {
  const consumers = new Set<string>()
  let pendingCreates = 0

  const create = async ({ message, reply }: Request) => {
    const consumer = parseConsumerRequest(tokensOf(message), message.string(), () => nuid.next())
    if (typeof consumer === "string") return nats.publish(reply, errorResponse("create", consumer))
    if (consumers.size + pendingCreates >= maxConsumers) {
      return nats.publish(reply, errorResponse("create", `${maxConsumers} consumers of viewers are open already`))
    }
    pendingCreates++
    try {
      const answer = await nats.request(`$JS.API.CONSUMER.CREATE.${consumer.subject}`, JSON.stringify(consumer.body))
      if (!hasError(answer.string())) consumers.add(`${consumer.stream}.${consumer.name}`)
      return nats.publish(reply, answer.data)
    } finally {
      pendingCreates--
    }
  }

  const next = ({ message, reply }: Request) => {
    const [stream = "", name = ""] = tokensOf(message)
    const pull = boundedPullRequest(message.string())
    if (pull === undefined) return nats.publish(reply, errorResponse("getnext", "the request is invalid"))
    return nats.publish(`$JS.API.CONSUMER.MSG.NEXT.${stream}.${viewerConsumerName(name)}`, pull, { reply })
  }

  /** Deliveries of consumers reach the viewer by themselves; responses of the API have to be forwarded. */
  const forwardResponse = async (verb: string, stream: string, name: string, reply: string) =>
    nats.publish(reply, (await nats.request(`$JS.API.CONSUMER.${verb}.${stream}.${name}`)).data)

  const remove = ({ message, reply }: Request) => {
    const [stream = "", name = ""] = tokensOf(message)
    return forwardResponse("DELETE", stream, viewerConsumerName(name), reply)
  }

  const info = ({ message, reply }: Request) => {
    const [stream = "", name = ""] = tokensOf(message)
    return forwardResponse(
      "INFO",
      stream,
      consumers.has(`${stream}.${viewerConsumerName(name)}`) ? viewerConsumerName(name) : name,
      reply
    )
  }

  const credentials = ({ reply }: Request) => nats.publish(reply, credentialsFile(dataDir))

  return { consumers, create, next, remove, info, credentials }
}

/**
 * Serves viewers of the app's own server, which are clients without credentials: they can read, and change nothing. The
 * server itself answers most of their requests. It would create any consumer, though: a durable one, one that delivers to any
 * subject, and read by any client. So requests for consumers arrive here, and viewers get the restricted ones of
 * `parseConsumerRequest`. Their names differ from those of the app's consumers, and only consumers with such names can be
 * read and removed here. Runs until the scope closes, on its own connection, so that no request of the app waits behind a
 * viewer's.
 */
export const open = Effect.fnUntraced(function* (dataDir: string, address: ServerAddress) {
  const nats = yield* openConnection(address)
  const { consumers, create, credentials, info, next, remove } = makeHandlers(nats, dataDir)
  const respond = async (message: Msg, handler: (request: Request) => unknown) => {
    const reply = deliverSubject(message.reply)
    if (reply === undefined) return
    try {
      await handler({ message, reply })
    } catch {
      // Without a response the viewer's request times out, as on a server that is down.
    }
  }
  const subscribe = (subject: string, handler: (request: Request) => unknown) =>
    nats.subscribe(subject, { callback: (error, message) => void (error ?? respond(message, handler)) })

  yield* Effect.acquireRelease(
    Effect.sync(() => [
      subscribe(gatedSubjects.create.to, create),
      subscribe(gatedSubjects.next.to, next),
      subscribe(gatedSubjects.delete.to, remove),
      subscribe(gatedSubjects.info.to, info),
      subscribe(gatedSubjects.credentials.to, credentials),
      nats.subscribe("$JS.EVENT.ADVISORY.CONSUMER.DELETED.*.*", {
        callback: (_, { subject }) => void consumers.delete(subject.split(".").slice(5).join("."))
      })
    ]),
    (subscriptions) => Effect.sync(() => subscriptions.forEach((subscription) => subscription.unsubscribe()))
  )
  yield* subscriptionsSent(nats)
})
