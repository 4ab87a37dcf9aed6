import { Data, Effect, Schema } from "effect"
import { HttpClient, type HttpClientError, HttpClientRequest, type HttpClientResponse } from "effect/http"
import { Board, type Command, type Event, Key, type Slice } from "#domain/model/index.ts"
import { Receipt } from "#layers/commands/Receipt.ts"
import { mediaTypes, type Wrong } from "#layers/http/problems/problemTypes.ts"
import { fill } from "#layers/http/request/keyParameters.ts"
import { type Row, shownRowSchema } from "#layers/views/row.ts"

/** Why there is no receipt and no row, other than a rule of the board. */
export class Problem extends Data.TaggedError("Problem")<{
  /** As the API names it; `NoAnswer` if nobody answered, `UnknownAnswer` if somebody else did. */
  readonly code: string
  /** 0 if nobody answered. */
  readonly status: number
  readonly detail: string
  readonly correlationId?: string
  /** What is wrong with the request. */
  readonly errors?: ReadonlyArray<Wrong>
  /** In seconds, where trying again may help. */
  readonly retryAfter?: number
  /** The whole document. */
  readonly document: Readonly<Record<string, unknown>>
}> {
  override get message() {
    return `${this.code}: ${this.detail}`
  }
}

export interface Asking {
  /** The same id is done once. */
  readonly commandId?: string
  readonly correlationId?: string
}

export interface Looking {
  /** Answer once the view knows this position of the log. */
  readonly after?: number
}

type Ask<C extends Command.Any> = (
  input: Command.Input<C>,
  asking?: Asking
) => Effect.Effect<Receipt, Command.Refusal<C> | Problem>

type Look<V extends Slice.View<any, any>> = (
  about: Key.Of<V["key"]>,
  looking?: Looking
) => Effect.Effect<Row<V>, Problem>

/** The commands and views of a board, by name. */
export interface Client<B extends Board.Any> {
  readonly commands: {
    readonly [S in Extract<B["slices"][number], { readonly _tag: "Change" }> as S["command"]["name"]]: Ask<S["command"]>
  }
  readonly views: {
    readonly [V in Extract<B["slices"][number], { readonly _tag: "View" }> as V["shows"]["name"]]: Look<V>
  }
}

const ProblemDocument = Schema.StructWithRest(
  Schema.Struct({
    code: Schema.String,
    detail: Schema.String,
    correlationId: Schema.optionalKey(Schema.String),
    errors: Schema.optionalKey(Schema.Array(Schema.Struct({ path: Schema.String, message: Schema.String })))
  }),
  [Schema.Record(Schema.String, Schema.Unknown)]
)
const decodeProblem = Schema.decodeUnknownEffect(ProblemDocument)

const noAnswer = ({ message }: HttpClientError.HttpClientError) =>
  new Problem({ code: "NoAnswer", status: 0, detail: message, document: {} })

/** Such a row has no URL. It is the answer that the API would give. */
const noRow = ({ field, message, reason }: Key.InvalidKey) =>
  new Problem({
    code: "InvalidRequest",
    status: 400,
    detail: message,
    errors: [{ path: field, message: reason }],
    document: {}
  })

const unknownAnswer = ({ status }: HttpClientResponse.HttpClientResponse) =>
  new Problem({ code: "UnknownAnswer", status, detail: "What answered is not the API of this board.", document: {} })

const problemIn = (response: HttpClientResponse.HttpClientResponse): Effect.Effect<never, Problem> =>
  response.json.pipe(
    Effect.flatMap(decodeProblem),
    Effect.mapError(() => unknownAnswer(response)),
    Effect.flatMap((document) => {
      const { code, detail, correlationId, errors } = document
      const retryAfter = Number(response.headers["retry-after"])
      return Effect.fail(
        new Problem({
          code,
          detail,
          status: response.status,
          document,
          ...(correlationId !== undefined && { correlationId }),
          ...(errors && { errors }),
          ...(retryAfter > 0 && { retryAfter })
        })
      )
    })
  )

/** Sends a request: what `schema` reads, or the problem that came instead. */
const asking = (http: HttpClient.HttpClient, schema: Schema.Codec<any, any>) => {
  const decode = Schema.decodeUnknownEffect(Schema.toCodecJson(schema))
  return (request: HttpClientRequest.HttpClientRequest): Effect.Effect<any, Problem> =>
    http.execute(request).pipe(
      Effect.mapError(noAnswer),
      Effect.flatMap((response) =>
        response.status < 300
          ? response.json.pipe(
              Effect.flatMap(decode),
              Effect.mapError(() => unknownAnswer(response))
            )
          : problemIn(response)
      )
    )
}

const asker = (http: HttpClient.HttpClient, baseUrl: string, { by, command }: Slice.Change<any>): Ask<any> => {
  const send = asking(http, Receipt)
  const encode = Schema.encodeUnknownSync(Schema.toCodecJson(command.input as Schema.Codec<unknown>))
  const refusals = new Map<string, Schema.Codec<any, any>>(
    (command.refuses as ReadonlyArray<Event.Any>).map((refusal) => [refusal.identifier, Schema.toCodecJson(refusal)])
  )
  const refusalIn = (problem: Problem) => {
    const refusal = refusals.get(problem.code)
    return refusal === undefined
      ? Effect.fail(problem)
      : Effect.flip(Effect.orDie(Schema.decodeUnknownEffect(refusal)({ ...problem.document, _tag: problem.code })))
  }
  return (input, { commandId, correlationId } = {}) =>
    Effect.suspend(() =>
      // The server judges: one authority, one kind of answer.
      send(
        HttpClientRequest.make(by.method)(`${baseUrl}${by.path}`).pipe(
          HttpClientRequest.bodyText(
            JSON.stringify({ data: encode(input, { disableChecks: true }), correlationId }),
            mediaTypes.json
          ),
          HttpClientRequest.setHeaders(commandId === undefined ? {} : { "idempotency-key": commandId })
        )
      )
    ).pipe(Effect.catch(refusalIn))
}

const looker = (http: HttpClient.HttpClient, baseUrl: string, view: Slice.View<any, any>): Look<any> => {
  const send = asking(http, shownRowSchema(view))
  const pathOf = (about: Key.Of<any>) =>
    Effect.try({ try: () => fill(view, about), catch: (error) => noRow(error as Key.InvalidKey) })
  return (about, { after } = {}) =>
    Effect.flatMap(pathOf(about), (path) =>
      send(HttpClientRequest.make(view.by.method)(`${baseUrl}${path}${after === undefined ? "" : `?after=${after}`}`))
    )
}

/**
 * A board's client: its commands and views by name, typed by their declarations. Refusals fail with the instances that
 * `decide` returned; anything else with a `Problem`. It does not try again by itself.
 */
export const clientOf = <const B extends Board.Any>(
  board: B,
  baseUrl: string
): Effect.Effect<Client<B>, never, HttpClient.HttpClient> =>
  Effect.map(HttpClient.HttpClient, (http) => {
    const commands = Board.changes(board).map((slice) => [slice.command.name, asker(http, baseUrl, slice)])
    const views = Board.views(board).map((view) => [view.shows.name, looker(http, baseUrl, view)])
    return { commands: Object.fromEntries(commands), views: Object.fromEntries(views) } as Client<B>
  })
