import { Effect, Option, Result, Schema } from "effect"
import type { HttpServerResponse } from "effect/http"
import { type Actor, Board, type Command, type Event, Key, type Slice } from "#domain/model/index.ts"
import { sendersOf } from "#layers/access/Access.ts"
import { CurrentCaller, identityAs } from "#layers/access/Caller.ts"
import { type CommandContext, type CommandRejected, Commands } from "#layers/commands/Commands.ts"
import type { Receipt } from "#layers/commands/Receipt.ts"
import { messageEncoder } from "#layers/contract/jsonSchema.ts"
import type { DryRun } from "#layers/contract/operationsSchema.ts"
import { type ProblemType, mediaTypes, problems, rejectionProblem } from "#layers/http/problems/problemTypes.ts"
import { toProblem, invalidRequest, logForOperators } from "#layers/http/problems/toProblem.ts"
import type { BodyTooLarge, BodyUnreadable } from "#layers/http/request/requestBody.ts"
import { correlationIdOf, isBatch, contentModeOf, type RequestHeaders } from "#layers/http/request/requestHeaders.ts"
import { TraceTrust } from "#layers/http/request/traceTrust.ts"
import { LogName } from "#layers/http/response/LogName.ts"
import { jsonResponse, problemResponse } from "#layers/http/response/responses.ts"
import type { DomainEvent } from "#layers/services/RecordedEvent.ts"
import { RejectionLimit } from "#layers/services/RejectionLimit.ts"
import { BoardMetrics } from "#layers/telemetry/metrics/BoardMetrics.ts"
import { type CommandRequest, requestDecoder } from "./commandRequest.ts"
import type { rejectionLimits } from "./rejectionLimits.ts"

/** 201 if the command's events are in the log, now or before; 200 if it had nothing to do. */
const receiptResponse = (etag: (position: number) => string) => (receipt: Receipt) =>
  jsonResponse(receipt.facts.length > 0 ? 201 : 200, receipt, {
    etag: etag(receipt.seq),
    "x-correlation-id": receipt.correlationId
  })

/** Responds to a command's rejections: 409, with their fields. */
const rejectionResponses = (rejections: ReadonlyArray<Event.Any>) => {
  const byType = new Map(
    rejections.map((rejection) => [
      rejection.identifier,
      {
        problemType: rejectionProblem(rejection),
        encode: Schema.encodeUnknownSync(Schema.toCodecJson(rejection)) as (rejected: DomainEvent) => {
          readonly _tag: string
        }
      }
    ])
  ) as ReadonlyMap<
    string,
    { readonly problemType: ProblemType; readonly encode: (rejected: DomainEvent) => { readonly _tag: string } }
  >
  return ({
    rejection,
    correlationId
  }: Pick<CommandRejected, "rejection"> & { readonly correlationId: string | undefined }) => {
    const { problemType, encode } = byType.get(rejection._tag)!
    const { _tag, ...fields } = encode(rejection)
    return problemResponse(problemType, { correlationId, fields })
  }
}

/** The key of a command is part of its data, so the path of the error begins with `data`. */
const withDataPath = <E>(error: E): E | Key.InvalidKey =>
  error instanceof Key.InvalidKey ? new Key.InvalidKey({ field: `data.${error.field}`, reason: error.reason }) : error

const batchNotSupported = `A batch of CloudEvents is not supported: send each event in a request of its own, as ${mediaTypes.cloudEvent}.`

type CallerContext = Pick<CommandContext, "actor" | "claims" | "authId">

/** Runs a command, or dry-runs it, as the current caller, and turns the outcome into a response. */
const commandRunner = Effect.fnUntraced(function* (
  board: Board.Any,
  { by, command }: Slice.CommandSlice<any>,
  rejectionLimitOf: ReturnType<typeof rejectionLimits>
) {
  const commands = yield* Commands
  const senders = sendersOf(by)
  const toResponse = receiptResponse((yield* LogName).etag)
  const toRejectionResponse = rejectionResponses(command.rejects)
  const encodeMessage = messageEncoder(command.emits)
  const lanes = Board.laneOf(board)

  const toDryRun = (events: ReadonlyArray<DomainEvent>): DryRun => ({
    facts: events.map((event) => ({ ...encodeMessage(event), lane: lanes.get(event._tag)!.name }))
  })

  const dryRun = ({ correlationId, input }: CommandRequest, { claims, name }: Actor.Identity) =>
    commands.dryRun(command, input, { actor: name, claims }).pipe(
      Effect.map((decision: Command.Decision<DomainEvent, DomainEvent>) =>
        Array.isArray(decision)
          ? jsonResponse(200, toDryRun(decision))
          : toRejectionResponse({ rejection: decision as DomainEvent, correlationId })
      ),
      Effect.catchTag("UndecodableEvent", Effect.die),
      Effect.tapError((failure) => logForOperators(failure, correlationId)),
      Effect.mapError(withDataPath),
      Effect.catch((failure) => Effect.succeed(toProblem(failure, correlationId)))
    )

  const execute = ({ input, ...metadata }: CommandRequest, context: CallerContext, client: string) =>
    commands.execute(command, input, { ...context, ...metadata }).pipe(
      Effect.provideService(RejectionLimit, rejectionLimitOf(client)),
      Effect.map(toResponse),
      Effect.catchTag("Refused", (rejected) => Effect.succeed(toRejectionResponse(rejected))),
      Effect.tapError((failure) => logForOperators(failure, metadata.correlationId)),
      Effect.mapError(withDataPath),
      Effect.catch((failure) => Effect.succeed(toProblem(failure, metadata.correlationId)))
    )

  return (request: CommandRequest, isDryRun: boolean, client: string) =>
    Effect.flatMap(CurrentCaller, (caller) => {
      // The guard of the route let only callers through who have one of these roles.
      const identity = (caller && identityAs(caller, senders)) ?? { name: by.actor.name, claims: {} }
      if (caller && by.may?.(identity, request.input) === false)
        return Effect.succeed(problemResponse(problems.NotPermitted, { correlationId: request.correlationId }))
      if (isDryRun) return dryRun(request, identity)
      const context = { actor: identity.name, claims: identity.claims, authId: caller?.subject }
      return execute(request, context, client)
    })
})

/** A command as it arrives, over HTTP or another transport. */
export interface ArrivedCommand {
  /** Names in lower case. */
  readonly headers: RequestHeaders
  /** The text of the body; it is read only if the headers are those of a command. */
  readonly body: Effect.Effect<string, BodyTooLarge | BodyUnreadable>
  readonly dryRun: boolean
  /** Identifies the client for the limit of rejected commands: an address, or a name that is none. */
  readonly client: string
}

/**
 * Returns the function that decodes a command, runs it or dry-runs it, and responds: with a receipt, or with a problem. It is the
 * one way into the app for commands from outside, so that they have the same limits and responses over every transport.
 */
export const commandResponder = Effect.fnUntraced(function* (
  board: Board.Any,
  slice: Slice.CommandSlice<any>,
  rejectionLimitOf: ReturnType<typeof rejectionLimits>
) {
  const decode = requestDecoder(slice.command)
  const run = yield* commandRunner(board, slice, rejectionLimitOf)
  const isTrusted = yield* TraceTrust
  const metrics = Option.getOrUndefined(yield* Effect.serviceOption(BoardMetrics))

  return Effect.fnUntraced(function* ({
    body,
    client,
    dryRun,
    headers
  }: ArrivedCommand): Effect.fn.Return<HttpServerResponse.HttpServerResponse> {
    const correlationId = correlationIdOf(headers)
    const mode = contentModeOf(headers)
    if (mode === undefined) {
      return problemResponse(problems.UnsupportedMediaType, {
        correlationId,
        ...(isBatch(headers) && { detail: batchNotSupported })
      })
    }
    return yield* body.pipe(
      Effect.map((text) => decode(mode, headers, text)),
      Effect.matchEffect({
        onFailure: (failure) => Effect.succeed(toProblem(failure, correlationId)),
        onSuccess: Result.match({
          onFailure: (errors) => {
            metrics?.commands.recordInvalid(slice.command)
            return Effect.succeed(invalidRequest(errors, correlationId))
          },
          onSuccess: (request) => {
            const traceparent = isTrusted(headers) ? request.traceparent : undefined
            return run({ ...request, traceparent }, dryRun, client)
          }
        })
      })
    )
  })
})
