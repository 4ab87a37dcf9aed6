import { type Msg, type NatsConnection, nuid } from "@nats-io/transport-node"
import { Effect } from "effect"
import { credentialsFile } from "#layers/nats/connection/credentialsFile.ts"
import { connected } from "#layers/nats/connection/Nats.ts"
import type { ServerAddress } from "#layers/nats/connection/serverAddress.ts"
import { gated } from "#nats-server/serverConfig.ts"
import { askedFor, deliveryTo, nameFor, pullOf } from "./viewerConsumer.ts"

/** As many consumers of viewers there are at once; who comes later is told so. */
const most = 64

/** What a server answers in its own form to who may not. */
const refusal = (type: string, reason: string) =>
  JSON.stringify({
    type: `io.nats.jetstream.api.v1.consumer_${type}_response`,
    error: { code: 403, err_code: 10_000, description: `who has no credentials may only look: ${reason}` }
  })

const isRefused = (answer: string): boolean => answer.includes('"error":')

/** A viewer's request, and the subject under which an answer reaches its inbox. */
interface Request {
  readonly message: Msg
  readonly reply: string
}

/** What follows `_VIEW.api.<verb>` in the subject of a request. */
const tokensOf = ({ subject }: Msg): ReadonlyArray<string> => subject.split(".").slice(3)

/** What becomes of each request, by the app's rights over `nats`. */
const answersOver = (nats: NatsConnection, dataDir: string) => {
  const consumers = new Set<string>()
  let asking = 0

  const create = async ({ message, reply }: Request) => {
    const asked = askedFor(tokensOf(message), message.string(), () => nuid.next())
    if (typeof asked === "string") return nats.publish(reply, refusal("create", asked))
    if (consumers.size + asking >= most) {
      return nats.publish(reply, refusal("create", `${most} consumers of viewers are open already`))
    }
    asking++
    try {
      const answer = await nats.request(`$JS.API.CONSUMER.CREATE.${asked.subject}`, JSON.stringify(asked.body))
      if (!isRefused(answer.string())) consumers.add(`${asked.stream}.${asked.name}`)
      return nats.publish(reply, answer.data)
    } finally {
      asking--
    }
  }

  const next = ({ message, reply }: Request) => {
    const [stream = "", name = ""] = tokensOf(message)
    const pull = pullOf(message.string())
    if (pull === undefined) return nats.publish(reply, refusal("getnext", "the request is not one"))
    return nats.publish(`$JS.API.CONSUMER.MSG.NEXT.${stream}.${nameFor(name)}`, pull, { reply })
  }

  /** What the API answers goes on by itself only from consumers' deliveries. */
  const passOn = async (verb: string, stream: string, name: string, reply: string) =>
    nats.publish(reply, (await nats.request(`$JS.API.CONSUMER.${verb}.${stream}.${name}`)).data)

  const remove = ({ message, reply }: Request) => {
    const [stream = "", name = ""] = tokensOf(message)
    return passOn("DELETE", stream, nameFor(name), reply)
  }

  const info = ({ message, reply }: Request) => {
    const [stream = "", name = ""] = tokensOf(message)
    return passOn("INFO", stream, consumers.has(`${stream}.${nameFor(name)}`) ? nameFor(name) : name, reply)
  }

  const credentials = ({ reply }: Request) => nats.publish(reply, credentialsFile(dataDir))

  return { consumers, create, next, remove, info, credentials }
}

/**
 * Answers viewers of the app's own server: who connects without credentials, and may look but change nothing. The server
 * itself answers most of what they ask. A consumer it would make for anybody as anybody likes: durable, delivering to
 * any subject, and read by anyone. So viewers ask here and get one of the kind that `askedFor` says.
 * Its name is not one of the app's, and only consumers with such names can be read and removed here. Until the scope closes. It has a connection
 * of its own, so that none of the app's requests waits behind a viewer's.
 */
export const open = Effect.fnUntraced(function* (dataDir: string, address: ServerAddress) {
  const nats = yield* connected(address)
  const { consumers, create, credentials, info, next, remove } = answersOver(nats, dataDir)
  const answer = async (message: Msg, answered: (request: Request) => unknown) => {
    const reply = deliveryTo(message.reply)
    if (reply === undefined) return
    try {
      await answered({ message, reply })
    } catch {
      // Without an answer a viewer gives up by itself, as on a server that is down.
    }
  }
  const answering = (subject: string, answered: (request: Request) => unknown) =>
    nats.subscribe(subject, { callback: (error, message) => void (error ?? answer(message, answered)) })

  yield* Effect.acquireRelease(
    Effect.promise(async () => {
      const subscriptions = [
        answering(gated.create.to, create),
        answering(gated.next.to, next),
        answering(gated.delete.to, remove),
        answering(gated.info.to, info),
        answering(gated.credentials.to, credentials),
        nats.subscribe("$JS.EVENT.ADVISORY.CONSUMER.DELETED.*.*", {
          callback: (_, { subject }) => void consumers.delete(subject.split(".").slice(5).join("."))
        })
      ]
      await nats.flush()
      return subscriptions
    }),
    (subscriptions) => Effect.sync(() => subscriptions.forEach((subscription) => subscription.unsubscribe()))
  )
})
