import { globSync, readFileSync } from "node:fs"
import { defineConfig, mergeConfig } from "vitest/config"
import base from "./vitest.config.ts"

/** What a fast test does not import: a nats-server, an app process, a browser, other programs, or thousands of random runs. */
const slow = [
  /support\/(?:accountsServer|backends|browserServer|chaosRun|cluster|damagedLog|natsSecurity|startApp|streamDump|testServer)\.ts/u,
  /support\/(?:chromium|web)\.ts/u,
  /node:child_process/u,
  /natsLogBypass|processGroups/u,
  /thoroughRuns/u
]

const isSlow = (file: string) => {
  const source = readFileSync(file, "utf8")
  return slow.some((pattern) => pattern.test(source))
}

export default mergeConfig(
  base,
  defineConfig({
    test: {
      exclude: [
        "**/node_modules/**",
        ...globSync("test/**/*.test.ts").filter(isSlow),
        "test/hotel/randomCommands.test.ts"
      ]
    }
  })
)
