import { Board } from "#domain/model/index.ts"
import { bucketOf, bucketStream, entryPrefix } from "#layers/buckets/bucketNames.ts"
import { rowSubjects } from "#layers/buckets/rowSubjects.ts"
import * as Subject from "#layers/codec/Subject.ts"
import type { StreamSpec } from "./streamSpecs.ts"

/**
 * The streams of a board, where the server publishes what lanes and views have stored. Only stored messages are published
 * that way: a subscriber of the log's own subjects also receives what a version check rejects.
 */
export const republished = (board: Board.Any, specs: ReadonlyArray<StreamSpec>): ReadonlyArray<StreamSpec> => {
  const targets = new Map([
    ...board.lanes.map(
      (lane) => [lane.name, { src: Subject.publishedFilter(lane), dest: Subject.publishedFilter(lane) }] as const
    ),
    ...Board.views(board)
      .map(bucketOf)
      .map(
        (bucket) =>
          [bucketStream(bucket), { src: `${entryPrefix(bucket)}>`, dest: rowSubjects(board, bucket) }] as const
      )
  ])
  return specs.map((spec) => {
    const republish = targets.get(spec.name)
    return republish === undefined ? spec : { ...spec, republish }
  })
}
