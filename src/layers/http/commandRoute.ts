import type { Event, Slice } from "#domain/grammar/index.ts"
import { Effect, Result, Schema } from "effect"
import { HttpRouter, type HttpServerRequest } from "effect/http"
import type { Fact } from "../Fact.ts"
import { Commands, type Refused } from "../runtime/Commands.ts"
import type { Receipt } from "../runtime/Receipt.ts"
import { json, problem } from "./answer.ts"
import { textOf } from "./body.ts"
import { type Asked, requestDecoder } from "./commandRequest.ts"
import { failed, invalid } from "./failure.ts"
import { correlationIdOf, modeOf } from "./headers.ts"
import { type Kind, problems, refused } from "./problems.ts"

/** 201 for what stands in the log now, or stood there before; 200 where nothing had to be done. */
const answer = (receipt: Receipt) =>
  json(receipt.facts.length > 0 ? 201 : 200, receipt, {
    etag: `"${receipt.seq}"`,
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
  return ({ refusal, correlationId }: Refused) => {
    const { kind, encode } = known.get(refusal._tag)!
    const { _tag, ...fields } = encode(refusal)
    return problem(kind, { correlationId, fields })
  }
}

/** The door of a command. */
export const commandRoute = Effect.fnUntraced(function* ({ by, command }: Slice.Change<any>) {
  const commands = yield* Commands
  const decode = requestDecoder(command)
  const refuse = refusals(command.refuses)

  const execute = ({ input, ...about }: Asked) =>
    commands.execute(command, input, { actor: by.actor.name, ...about }).pipe(
      Effect.map(answer),
      Effect.catchTag("Refused", (refusal) => Effect.succeed(refuse(refusal))),
      Effect.tapErrorTag("Unreadable", ({ message }) => Effect.logError(message)),
      Effect.catch((failure) => Effect.succeed(failed(failure, about.correlationId)))
    )

  const handle = (request: HttpServerRequest.HttpServerRequest) => {
    const { headers } = request
    const correlationId = correlationIdOf(headers)
    const mode = modeOf(headers)
    if (mode === undefined) return Effect.succeed(problem(problems.UnsupportedMediaType, { correlationId }))
    return textOf(request).pipe(
      Effect.map((text) => decode(mode, headers, text)),
      Effect.matchEffect({
        onFailure: (failure) => Effect.succeed(failed(failure, correlationId)),
        onSuccess: Result.match({
          onFailure: (wrongs) => Effect.succeed(invalid(wrongs, correlationId)),
          onSuccess: execute
        })
      })
    )
  }

  return HttpRouter.route(by.method, by.path, handle)
})
