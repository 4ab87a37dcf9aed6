import { Board, type Lane } from "#domain/model/index.ts"
import { bucketOf, bucketStream, entryPrefix } from "#layers/buckets/bucketNames.ts"
import { rowChangesPrefix } from "#layers/buckets/rowSubjects.ts"
import type { StreamSpec } from "./streamSpecs.ts"

/** The subjects on which a lane is published to other accounts: those that its stream has. */
export const laneSubjects = ({ prefix }: Lane.Any): string => `${prefix}.>`

/** The subjects on which the rows of a view are published to browsers, below `ui.<board>.<bucket>`. */
export const rowSubjects = (board: Board.Any, bucket: string): string => `${rowChangesPrefix(board, bucket)}>`

/**
 * The streams of a board, where the server publishes what lanes and views have stored. Only stored messages are published
 * that way: whoever subscribes to the log's own subjects also receives what a version check rejects.
 */
export const republished = (board: Board.Any, specs: ReadonlyArray<StreamSpec>): ReadonlyArray<StreamSpec> => {
  const targets = new Map([
    ...board.lanes.map((lane) => [lane.name, { src: laneSubjects(lane), dest: laneSubjects(lane) }] as const),
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
