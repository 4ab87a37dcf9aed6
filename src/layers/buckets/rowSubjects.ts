// The subjects by which clients outside of the app's account read the rows of a bucket.

import { bucketStream, entryPrefix } from "./bucketNames.ts"

/** What the server publishes each stored row to, before its key: `ui.<board>.<bucket>.`. */
export const rowChangesPrefix = (board: { readonly name: string }, bucket: string): string =>
  `ui.${board.name}.${bucket}.`

/** The requests that read a bucket and do nothing else: many keys at once, or one. */
export const rowRequests = (bucket: string): ReadonlyArray<string> => {
  const directGet = `$JS.API.DIRECT.GET.${bucketStream(bucket)}`
  return [directGet, `${directGet}.${entryPrefix(bucket)}>`]
}
