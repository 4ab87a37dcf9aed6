import { Board } from "#domain/model/index.ts"
import { bucketOf, bucketStream } from "#layers/buckets/bucketNames.ts"
import { republished } from "./republish.ts"
import { type StreamSpec, streamSpecs } from "./streamSpecs.ts"

/**
 * Whether the server publishes each row once more when it is stored, for browsers. `unchanged` leaves that to the
 * operator of the server.
 */
export type RowPublication = "on" | "off" | "unchanged"

/** A field that must not be set. */
const notRepublished = { republish: undefined } as unknown as Pick<StreamSpec, "republish">

/** Adds the publication of rows to the stream of a view, or removes it. */
export const withRowPublication = (board: Board.Any, publication: RowPublication) => {
  const streams = new Set<string>(Board.views(board).map((view) => bucketStream(bucketOf(view))))
  return (spec: StreamSpec): StreamSpec => {
    if (!streams.has(spec.name) || publication === "unchanged") return spec
    return publication === "on" ? republished(board, [spec])[0]! : { ...spec, ...notRepublished }
  }
}

/** Every stream that a board needs, the log first. */
export const publishedStreamSpecs = (
  board: Board.Any,
  replicas: number,
  publication: RowPublication
): ReadonlyArray<StreamSpec> => streamSpecs(board, replicas).map(withRowPublication(board, publication))
