import { existsSync, readdirSync, renameSync } from "node:fs"
import { join } from "node:path"
import { appAccount } from "#nats-server/serverConfig.ts"

const hasStreams = (account: string): boolean => {
  const streams = join(account, "streams")
  return existsSync(streams) && readdirSync(streams).length > 0
}

/**
 * Moves the streams of a store from the server's default account, where earlier versions of the app kept them, to the app's
 * account. Returns a reason if both have streams, because an older version ran in between.
 */
export const moveToAppAccount = (dataDir: string): string | undefined => {
  const [oldPath, newPath] = ["$G", appAccount].map((account) => join(dataDir, "jetstream", account)) as [
    string,
    string
  ]
  if (!hasStreams(oldPath)) return undefined
  if (hasStreams(newPath)) {
    return `both ${oldPath} and ${newPath} hold streams, since an older version of the app ran on this folder after a newer one: move the one that is not wanted out of the folder`
  }
  if (existsSync(newPath)) renameSync(newPath, `${newPath}.empty-${process.pid}`)
  renameSync(oldPath, newPath)
  return undefined
}
