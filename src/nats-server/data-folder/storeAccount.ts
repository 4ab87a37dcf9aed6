import { existsSync, readdirSync, renameSync } from "node:fs"
import { join } from "node:path"
import { appAccount } from "#nats-server/serverConfig.ts"

const hasStreams = (account: string): boolean => {
  const streams = join(account, "streams")
  return existsSync(streams) && readdirSync(streams).length > 0
}

/**
 * Moves the streams of a store from the account that a server without accounts keeps them in, as versions before this one
 * did, into the app's own. Answers with a reason where both have streams: that of an older version that ran in between.
 */
export const adoptStore = (dataDir: string): string | undefined => {
  const [before, now] = ["$G", appAccount].map((account) => join(dataDir, "jetstream", account)) as [string, string]
  if (!hasStreams(before)) return undefined
  if (hasStreams(now)) {
    return `both ${before} and ${now} hold streams, since an older version of the app ran on this folder after a newer one: move the one that is not wanted out of the folder`
  }
  if (existsSync(now)) renameSync(now, `${now}.empty-${process.pid}`)
  renameSync(before, now)
  return undefined
}
