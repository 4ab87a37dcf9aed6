// The subjects by which clients outside of the app's account read the rows of a bucket.

/** What the server publishes each stored row to, before its key: `ui.<board>.<bucket>.`. */
export const rowChangesPrefix = (board: { readonly name: string }, bucket: string): string =>
  `ui.${board.name}.${bucket}.`

/** What stored rows have before their key. */
export const storedRowsPrefix = (bucket: string): string => `$KV.${bucket}.`

/** The requests that read a bucket and do nothing else: many keys at once, or one. */
export const rowRequests = (bucket: string): ReadonlyArray<string> => [
  `$JS.API.DIRECT.GET.KV_${bucket}`,
  `$JS.API.DIRECT.GET.KV_${bucket}.${storedRowsPrefix(bucket)}>`
]
