import { Effect, Schema } from "effect"
import { Board, type Slice } from "#domain/model/index.ts"
import { readersOf } from "#layers/access/Access.ts"
import { type Caller, CurrentCaller, identityAs, isOperator } from "#layers/access/Caller.ts"
import { LiveSession } from "#layers/contract/liveSchema.ts"
import { problems } from "#layers/http/problems/problemTypes.ts"
import { declaredRoute } from "#layers/http/request/declaredRoute.ts"
import { declareEndpoint } from "#layers/http/request/endpointDeclaration.ts"
import { jsonResponse, problemResponse } from "#layers/http/response/responses.ts"
import type { LiveSessions } from "#layers/services/LiveSessions.ts"

const maxTokenLength = 1_024

export const liveSessionEndpoint = (board: Board.Any) =>
  declareEndpoint({
    name: "openLiveSession",
    method: "POST",
    path: "/live/session",
    access: "authenticated",
    summary: "A token by which a browser reads one view from NATS over WebSocket, for a short time",
    payload: Schema.Struct({
      view: Schema.Literals(Board.views(board).map(({ shows }) => shows.name as string)).annotate({
        description: "The view that the token is for"
      }),
      token: Schema.optionalKey(
        Schema.String.check(Schema.isMaxLength(maxTokenLength)).annotate({
          description:
            "The present token, to stay in its session; without it, or once it has expired, there is a new one"
        })
      )
    }).annotate({ identifier: "LiveSessionRequest" }),
    success: LiveSession,
    problemTypes: [problems.LiveOff]
  })

/** NATS sends a bucket as it is, so a view that shows callers only a part of its rows is for operators. */
const mayReadAllRows = ({ by, sees }: Slice.View<any, any>, caller: Caller): boolean =>
  isOperator(caller) || (!sees && identityAs(caller, readersOf(by)) !== undefined)

/** Opens a session, or renews it. */
export const liveSessionRoute = (board: Board.Any, live: LiveSessions | undefined) => {
  const views = new Map(Board.views(board).map((view) => [view.shows.name as string, view]))
  return declaredRoute(liveSessionEndpoint(board), ({ correlationId, payload: { token, view } }) =>
    Effect.map(CurrentCaller, (caller) => {
      if (!live) return problemResponse(problems.LiveOff, { correlationId })
      return caller && !mayReadAllRows(views.get(view)!, caller)
        ? problemResponse(problems.NotPermitted, { correlationId })
        : jsonResponse(200, live.open(view, token))
    })
  )
}
