import type { Board } from "#domain/model/index.ts"
import * as Subject from "#layers/codec/Subject.ts"

/** The stream in which `npm run log -- rebuild` and `accept` gather the events before they replace the log's stream. */
export const rebuiltStreamName = (board: Board.Any) => `${board.name}-rebuilt`

/** What that stream's subjects begin with, before the subjects of the log. */
export const rebuiltPrefix = "rebuilt."

export const rebuiltFilter = (board: Board.Any): string => `${rebuiltPrefix}${Subject.logFilter(board)}`
