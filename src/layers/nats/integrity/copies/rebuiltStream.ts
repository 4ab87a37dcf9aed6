import type { Board } from "#domain/model/index.ts"

/** The stream in which `npm run log -- rebuild` and `accept` gather the events before they replace the log's stream. */
export const rebuiltStreamName = (board: Board.Any) => `${board.name}-rebuilt`
