import { Data, Effect, Schema } from "effect"
import { HttpClient, type HttpClientError, HttpClientRequest, type HttpClientResponse } from "effect/http"
import { Board, Command, type Event, Key, type Slice } from "#domain/model/index.ts"
import { Receipt } from "#layers/commands/Receipt.ts"
import { mediaTypes, type FieldError } from "#layers/http/problems/problemTypes.ts"
import { buildPath } from "#layers/http/request/keyParams.ts"
import { type Row, servedRowSchema } from "#layers/views/rows/row.ts"

/** Why a request failed, other than a rejection by a rule of the board. */
export class Problem extends Data.TaggedError("Problem")<{
  /** A problem code of the API; `NoAnswer` without a response, `UnknownAnswer` for a response of another server. */
  readonly code: string
  /** 0 without a response. */
  readonly status: number
  readonly detail: string
  readonly correlationId?: string
  /** The validation errors of the request. */
  readonly errors?: ReadonlyArray<FieldError>
  /** In seconds; present where a retry may succeed. */
  readonly retryAfter?: number
  /** The whole problem document. */
  readonly document: Readonly<Record<string, unknown>>
}> {
  override get message() {
    return `${this.code}: ${this.detail}`
  }
}

export interface CommandOptions {
  /** A repeated id is a duplicate: it gets the first receipt. */
  readonly commandId?: string
  readonly correlationId?: string
}

export interface ReadOptions {
  /** Respond once the view has reached this position of the log. */
  readonly after?: number
}

type SendCommand<C extends Command.Any> = (
  request: Command.Request<C>,
  options?: CommandOptions
) => Effect.Effect<Receipt, Command.Rejection<C> | Problem>

type ReadView<V extends Slice.View<any, any>> = (
  about: Key.Of<V["key"]>,
  options?: ReadOptions
) => Effect.Effect<Row<V>, Problem>

/** The commands and views of a board, by name. */
export interface Client<B extends Board.Any> {
  readonly commands: {
    readonly [S in Extract<B["slices"][number], { readonly _tag: "Change" }> as S["command"]["name"]]: SendCommand<
      S["command"]
    >
  }
  readonly views: {
    readonly [V in Extract<B["slices"][number], { readonly _tag: "View" }> as V["shows"]["name"]]: ReadView<V>
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

const noResponse = ({ message }: HttpClientError.HttpClientError) =>
  new Problem({ code: "NoAnswer", status: 0, detail: message, document: {} })

/** A row with an invalid key has no URL; this is the problem that the API would respond with. */
const invalidKeyProblem = ({ field, message, reason }: Key.InvalidKey) =>
  new Problem({
    code: "InvalidRequest",
    status: 400,
    detail: message,
    errors: [{ path: field, message: reason }],
    document: {}
  })

const unknownResponse = ({ status }: HttpClientResponse.HttpClientResponse) =>
  new Problem({
    code: "UnknownAnswer",
    status,
    detail: "The response is not from the API of this board.",
    document: {}
  })

const failWithProblem = (response: HttpClientResponse.HttpClientResponse): Effect.Effect<never, Problem> =>
  response.json.pipe(
    Effect.flatMap(decodeProblem),
    Effect.mapError(() => unknownResponse(response)),
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

/** Sends a request; decodes the response with `schema`, or fails with the problem. */
const requestSender = (http: HttpClient.HttpClient, schema: Schema.Codec<any, any>) => {
  const decode = Schema.decodeUnknownEffect(Schema.toCodecJson(schema))
  return (request: HttpClientRequest.HttpClientRequest): Effect.Effect<any, Problem> =>
    http.execute(request).pipe(
      Effect.mapError(noResponse),
      Effect.flatMap((response) =>
        response.status < 300
          ? response.json.pipe(
              Effect.flatMap(decode),
              Effect.mapError(() => unknownResponse(response))
            )
          : failWithProblem(response)
      )
    )
}

const commandClient = (
  http: HttpClient.HttpClient,
  baseUrl: string,
  { by, command }: Slice.CommandSlice<any>
): SendCommand<any> => {
  const send = requestSender(http, Receipt)
  const encode = Schema.encodeUnknownSync(
    Schema.toCodecJson(Command.requestSchema(command)) as unknown as Schema.Codec<unknown>
  )
  const rejectionCodecs = new Map<string, Schema.Codec<any, any>>(
    (command.rejects as ReadonlyArray<Event.Any>).map((rejection) => [
      rejection.identifier,
      Schema.toCodecJson(rejection)
    ])
  )
  const failWithRejection = (problem: Problem) => {
    const codec = rejectionCodecs.get(problem.code)
    return codec === undefined
      ? Effect.fail(problem)
      : Effect.flip(Effect.orDie(Schema.decodeUnknownEffect(codec)({ ...problem.document, _tag: problem.code })))
  }
  return (input, { commandId, correlationId } = {}) =>
    Effect.suspend(() =>
      // Checks are disabled because only the server validates.
      send(
        HttpClientRequest.make(by.method)(`${baseUrl}${by.path}`).pipe(
          HttpClientRequest.bodyText(
            JSON.stringify({ data: encode(input, { disableChecks: true }), correlationId }),
            mediaTypes.json
          ),
          HttpClientRequest.setHeaders(commandId === undefined ? {} : { "idempotency-key": commandId })
        )
      )
    ).pipe(Effect.catch(failWithRejection))
}

const viewClient = (http: HttpClient.HttpClient, baseUrl: string, view: Slice.View<any, any>): ReadView<any> => {
  const send = requestSender(http, servedRowSchema(view))
  const pathOf = (about: Key.Of<any>) =>
    Effect.try({ try: () => buildPath(view, about), catch: (error) => invalidKeyProblem(error as Key.InvalidKey) })
  return (about, { after } = {}) =>
    Effect.flatMap(pathOf(about), (path) =>
      send(HttpClientRequest.make(view.by.method)(`${baseUrl}${path}${after === undefined ? "" : `?after=${after}`}`))
    )
}

/**
 * A board's client: its commands and views by name, typed by their declarations. A rejection fails with the instance
 * that `decide` returned, any other failure is a `Problem`. It does not retry.
 */
export const clientOf = <const B extends Board.Any>(
  board: B,
  baseUrl: string
): Effect.Effect<Client<B>, never, HttpClient.HttpClient> =>
  Effect.map(HttpClient.HttpClient, (http) => {
    const commands = Board.commandSlices(board).map((slice) => [
      slice.command.name,
      commandClient(http, baseUrl, slice)
    ])
    const views = Board.views(board).map((view) => [view.shows.name, viewClient(http, baseUrl, view)])
    return { commands: Object.fromEntries(commands), views: Object.fromEntries(views) } as Client<B>
  })
