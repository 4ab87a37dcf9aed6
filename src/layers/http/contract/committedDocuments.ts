import { OpenApi } from "effect/http-api"
import type { Board } from "#domain/model/index.ts"
import { asyncApiDocument } from "#layers/http/monitoring/asyncApiRoutes.ts"
import { apiOf } from "./api.ts"

const textOf = (document: object): string => `${JSON.stringify(document, undefined, 2)}\n`

/** The descriptions of a board's API that the repository contains, by file in a folder: readers need no running app. */
export const committedDocuments = (board: Board.Any, folder: string): Readonly<Record<string, string>> => ({
  [`${folder}/openapi.json`]: textOf(OpenApi.fromApi(apiOf(board))),
  [`${folder}/asyncapi.json`]: textOf(asyncApiDocument(board))
})
