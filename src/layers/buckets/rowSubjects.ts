// The subjects by which clients outside of the app's account read the rows of a bucket.

import { bucketStream, entryPrefix } from "./bucketNames.ts"

/** What the server publishes each stored row to, before its key: `ui.<board>.<bucket>.`. */
export const rowChangesPrefix = (board: { readonly name: string }, bucket: string): string =>
  `ui.${board.name}.${bucket}.`

/** The subjects on which the server publishes the stored rows of a bucket. */
export const rowSubjects = (board: { readonly name: string }, bucket: string): string =>
  `${rowChangesPrefix(board, bucket)}>`

/** The requests that read a bucket and do nothing else: many keys at once, or one. */
export const rowRequests = (bucket: string): ReadonlyArray<string> => {
  const directGet = `$JS.API.DIRECT.GET.${bucketStream(bucket)}`
  return [directGet, `${directGet}.${entryPrefix(bucket)}>`]
}

/** What browsers have from the account of the app: the requests that read these buckets, and the changes of their rows. */
export interface SharedRows {
  readonly requests: ReadonlyArray<string>
  readonly changes: ReadonlyArray<string>
}

export const sharedRows = (board: { readonly name: string }, buckets: ReadonlyArray<string>): SharedRows => ({
  requests: buckets.flatMap(rowRequests),
  changes: buckets.map((bucket) => rowSubjects(board, bucket))
})
