import { Effect, Option, Result, Schema } from "effect"
import { HttpRouter, HttpServerRequest } from "effect/http"
import { Board, type Command, type Event, Key, type Slice } from "#domain/model/index.ts"
import { Commands, type Refused } from "#layers/commands/Commands.ts"
import type { Receipt } from "#layers/commands/Receipt.ts"
import { sayer } from "#layers/contract/jsonSchema.ts"
import type { DryRun } from "#layers/contract/operationsSchema.ts"
import { type Kind, mediaTypes, problems, refused } from "#layers/http/problems/problemTypes.ts"
import { failed, invalid, logForOperators } from "#layers/http/problems/toProblem.ts"
import { textOf } from "#layers/http/request/body.ts"
import { correlationIdOf, isBatch, modeOf } from "#layers/http/request/headers.ts"
import { flag, queryReader } from "#layers/http/request/query.ts"
import { LogName } from "#layers/http/response/LogName.ts"
import { json, problem } from "#layers/http/response/response.ts"
import type { Fact } from "#layers/services/RecordedEvent.ts"
import { RefusalLimit } from "#layers/services/RejectionLimit.ts"
import { type Asked, requestDecoder } from "./commandRequest.ts"
import type { refusalLimits } from "./rejectionLimits.ts"

/** 201 for what stands in the log now, or stood there before; 200 where nothing had to be done. */
const answer = (etag: (position: number) => string) => (receipt: Receipt) =>
  json(receipt.facts.length > 0 ? 201 : 200, receipt, {
    etag: etag(receipt.seq),
    "x-correlation-id": receipt.correlationId
  })

/** How a command's refusals are answered: 409, with their fields. */
const refusals = (refuses: ReadonlyArray<Event.Any>) => {
  const known = new Map(
    refuses.map((refusal) => [
      refusal.identifier,
      {
        kind: refused(refusal),
        encode: Schema.encodeUnknownSync(Schema.toCodecJson(refusal)) as (fact: Fact) => { readonly _tag: string }
      }
    ])
  ) as ReadonlyMap<string, { readonly kind: Kind; readonly encode: (fact: Fact) => { readonly _tag: string } }>
  return ({ refusal, correlationId }: Pick<Refused, "refusal"> & { readonly correlationId: string | undefined }) => {
    const { kind, encode } = known.get(refusal._tag)!
    const { _tag, ...fields } = encode(refusal)
    return problem(kind, { correlationId, fields })
  }
}

/** The words of a command's key stand in its data. */
const inData = <E>(error: E): E | Key.InvalidKey =>
  error instanceof Key.InvalidKey ? new Key.InvalidKey({ field: `data.${error.field}`, reason: error.reason }) : error

const readQuery = queryReader({ dryRun: flag })

const noBatch = `A batch of CloudEvents is not taken: send each event in a request of its own, as ${mediaTypes.cloudEvent}.`

/** The door of a command. */
export const commandRoute = Effect.fnUntraced(function* (
  board: Board.Any,
  { by, command }: Slice.Change<any>,
  limitOf: ReturnType<typeof refusalLimits>
) {
  const commands = yield* Commands
  const done = answer((yield* LogName).etag)
  const decode = requestDecoder(command)
  const refuse = refusals(command.refuses)
  const say = sayer(command.emits)
  const lanes = Board.laneOf(board)

  const wouldAdd = (facts: ReadonlyArray<Fact>): DryRun => ({
    facts: facts.map((fact) => ({ ...say(fact), lane: lanes.get(fact._tag)!.name }))
  })

  const tryOut = ({ correlationId, input }: Asked) =>
    commands.dryRun(command, input).pipe(
      Effect.map((decision: Command.Decision<Fact, Fact>) =>
        Array.isArray(decision) ? json(200, wouldAdd(decision)) : refuse({ refusal: decision as Fact, correlationId })
      ),
      Effect.catchTag("Unreadable", Effect.die),
      Effect.tapError(logForOperators),
      Effect.mapError(inData),
      Effect.catch((failure) => Effect.succeed(failed(failure, correlationId)))
    )

  const execute = ({ input, ...about }: Asked, address: string) =>
    commands.execute(command, input, { actor: by.actor.name, ...about }).pipe(
      Effect.provideService(RefusalLimit, limitOf(address)),
      Effect.map(done),
      Effect.catchTag("Refused", (refusal) => Effect.succeed(refuse(refusal))),
      Effect.tapError(logForOperators),
      Effect.mapError(inData),
      Effect.catch((failure) => Effect.succeed(failed(failure, about.correlationId)))
    )

  const handle = Effect.fnUntraced(function* (request: HttpServerRequest.HttpServerRequest) {
    const { headers } = request
    const correlationId = correlationIdOf(headers)
    const mode = modeOf(headers)
    const query = readQuery(yield* HttpServerRequest.ParsedSearchParams)
    if (Result.isFailure(query)) return invalid(query.failure, correlationId)
    if (mode === undefined) {
      return problem(problems.UnsupportedMediaType, { correlationId, ...(isBatch(headers) && { detail: noBatch }) })
    }
    return yield* textOf(request).pipe(
      Effect.map((text) => decode(mode, headers, text)),
      Effect.matchEffect({
        onFailure: (failure) => Effect.succeed(failed(failure, correlationId)),
        onSuccess: Result.match({
          onFailure: (wrongs) => Effect.succeed(invalid(wrongs, correlationId)),
          onSuccess: (asked) =>
            query.success.dryRun
              ? tryOut(asked)
              : execute(
                  asked,
                  Option.getOrElse(request.remoteAddress, () => "")
                )
        })
      })
    )
  })

  return HttpRouter.route(by.method, by.path, handle)
})
