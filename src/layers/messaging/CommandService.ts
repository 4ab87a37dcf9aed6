import { headers as natsHeaders, type Msg, type NatsConnection } from "@nats-io/transport-node"
import { Cause, Context, Effect, FiberSet, Layer, Result } from "effect"
import { Board, type Slice } from "#domain/model/index.ts"
import * as Subject from "#layers/codec/Subject.ts"
import { commandResponder } from "#layers/http/commands/commandResponder.ts"
import { rejectionLimits } from "#layers/http/commands/rejectionLimits.ts"
import { problems } from "#layers/http/problems/problemTypes.ts"
import { invalidRequest } from "#layers/http/problems/toProblem.ts"
import { LogName } from "#layers/http/response/LogName.ts"
import { problemResponse } from "#layers/http/response/responses.ts"
import * as Nats from "#layers/nats/connection/Nats.ts"
import type { ServerAddress } from "#layers/nats/connection/serverAddress.ts"
import { subscriptionsSent } from "#layers/nats/connection/subscriptionsSent.ts"
import { monotonicMillis } from "#layers/timing/monotonicMillis.ts"
import { arrivedCommand, type CommandReply, isInbox, replyOf } from "./commandMessage.ts"
import { messageSpan } from "./messageSpan.ts"
import { answerDiscovery, EndpointStats, type ServiceEndpoint } from "./serviceDiscovery.ts"

export interface Options {
  readonly address: ServerAddress
  /** How many rejected commands are allowed per minute: of all clients together, and for each event stream. */
  readonly rejectionsPerMinute: number
  /** Commands in execution; further ones are answered with `Contended`. */
  readonly maxConcurrent?: number
}

const defaultMaxConcurrent = 1_024

/** Longer than any command runs; then the shutdown goes on without its answer. */
const finishTimeout = "15 seconds"

/** How long the server may take to confirm that it sends no more requests. */
const drainTimeout = "1 second"

/** An endpoint that answers requests. */
interface CommandEndpoint extends ServiceEndpoint {
  readonly answer: (message: Msg) => Effect.Effect<CommandReply>
}

/** A defect, as HTTP answers it: the cause is in the app's log only. */
const recover = (cause: Cause.Cause<never>) =>
  Cause.hasInterrupts(cause)
    ? Effect.failCause(cause)
    : Effect.as(Effect.logError("A command over NATS failed", cause), problemResponse(problems.InternalError))

const makeEndpoint = Effect.fnUntraced(function* (
  board: Board.Any,
  slice: Slice.CommandSlice<any>,
  rejectionLimitOf: ReturnType<typeof rejectionLimits>
) {
  const { by, command, title } = slice
  const respond = yield* commandResponder(board, slice, rejectionLimitOf)
  const inMessageSpan = yield* messageSpan(Subject.commandSubject(board, command))
  const endpoint: CommandEndpoint = {
    name: command.name,
    subject: Subject.commandSubject(board, command),
    queueGroup: Subject.commandQueueGroup,
    metadata: {
      description: title,
      actor: by.actor.name,
      schema: `/openapi.json#/components/schemas/${command.name}`
    },
    stats: new EndpointStats(),
    answer: (message) =>
      Effect.suspend(() =>
        Result.match(arrivedCommand(message), {
          onFailure: (errors) => Effect.succeed(invalidRequest(errors)),
          onSuccess: (arrived) => inMessageSpan(arrived, respond(arrived))
        })
      ).pipe(Effect.catchCause(recover), Effect.map(replyOf))
  }
  return endpoint
})

const busy = (max: number) =>
  replyOf(
    problemResponse(problems.Contended, {
      detail: `This process executes ${max} commands that arrived over NATS already. Nothing was written; try again in a moment.`
    })
  )

/**
 * Publishes an answer. Without a reply subject nobody waits for it: a rejection is in the audit, and everything else that went
 * wrong is logged.
 */
const sendReply = (nats: NatsConnection, { reply, subject }: Msg, { data, error, headers }: CommandReply) => {
  if (!reply) {
    return error === undefined || error.startsWith("409 ")
      ? Effect.void
      : Effect.logWarning(`A message on ${subject} without a reply subject was not executed: ${error}`)
  }
  return Effect.try(() => {
    const replyHeaders = natsHeaders()
    for (const name in headers) replyHeaders.set(name, headers[name]!)
    nats.publish(reply, data, { headers: replyHeaders })
  }).pipe(Effect.catch(({ cause }) => Effect.logWarning(`The answer to ${subject} was not sent: ${String(cause)}`)))
}

/** Returns the effect that executes one request and answers it. */
const requestHandler = (nats: NatsConnection, maxConcurrent: number) => {
  let running = 0
  return Effect.fnUntraced(function* ({ answer, stats }: CommandEndpoint, message: Msg) {
    if (message.reply && !isInbox(message.reply)) {
      const warning = `A command on ${message.subject} was ignored: its reply subject ${message.reply} is no inbox (_INBOX.…).`
      return yield* Effect.logWarning(warning)
    }
    const begin = yield* monotonicMillis
    running++
    const reply = yield* Effect.ensuring(
      running > maxConcurrent ? Effect.succeed(busy(maxConcurrent)) : answer(message),
      Effect.sync(() => void running--)
    )
    stats.record((yield* monotonicMillis) - begin, reply.error)
    yield* sendReply(nats, message, reply)
  })
}

const notPermitted = (what: string, error: Error) =>
  Effect.logWarning(
    `${what}: ${error.message}. Permit it to the user of the app, or set NATS_COMMANDS=false to take no commands over NATS.`
  )

/** Of the subjects of discovery, which are permitted together as a rule, only the first that is not is logged. */
const onceLogged = (fork: (effect: Effect.Effect<void>) => unknown) => {
  let logged = false
  return (error: Error) => {
    if (!logged) fork(notPermitted("The service of the commands cannot be discovered", error))
    logged = true
  }
}

const serve = Effect.fnUntraced(function* (board: Board.Any, options: Options) {
  const { address, maxConcurrent = defaultMaxConcurrent, rejectionsPerMinute } = options
  // A connection of its own: requests and answers of clients do not delay the app's own.
  const connection = yield* Layer.build(
    Layer.fresh(Nats.layer(address, { name: `${board.name}-commands`, quiet: true }))
  )
  const nats = Context.get(connection, Nats.Nats)
  const rejectionLimitOf = rejectionLimits(rejectionsPerMinute)
  const endpoints = yield* Effect.forEach(Board.commandSlices(board), (slice) =>
    makeEndpoint(board, slice, rejectionLimitOf)
  )
  const running = yield* FiberSet.make<void>()
  const fork = yield* FiberSet.runtime(running)()
  const handle = requestHandler(nats, maxConcurrent)
  const subscribe = (endpoint: CommandEndpoint) =>
    nats.subscribe(endpoint.subject, {
      queue: Subject.commandQueueGroup,
      callback: (error, message) =>
        void fork(error ? notPermitted(`No commands arrive on ${endpoint.subject}`, error) : handle(endpoint, message))
    })
  const service = { name: board.name, description: board.title, endpoints }
  yield* Effect.acquireRelease(
    Effect.sync(() => [...endpoints.map(subscribe), ...answerDiscovery(nats, service, onceLogged(fork))]),
    // First no more requests, then the answers to those that arrived.
    (subscriptions) =>
      Effect.promise(() => Promise.allSettled(subscriptions.map((subscription) => subscription.drain()))).pipe(
        Effect.timeoutOption(drainTimeout),
        Effect.andThen(Effect.timeoutOption(FiberSet.awaitEmpty(running), finishTimeout))
      )
  )
  yield* subscriptionsSent(nats)
})

/**
 * Answers requests for the board's commands on `cmd.<board>.<Command>`, as HTTP does, until the scope closes: then it takes no
 * more and finishes those that have arrived. Instances share the requests. Fails with `NatsUnreachable`.
 */
export const layer = (board: Board.Any, options: Options) =>
  Layer.effectDiscard(serve(board, options)).pipe(Layer.provide(LogName.layer))
