import { execFileSync } from "node:child_process"
import { chmodSync, mkdirSync, symlinkSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { Effect } from "effect"
import { temporaryFolder } from "#test/support/testServer.ts"
import type { World } from "../../scripts/nats-server.mjs"

/** Writes a shell script that can be executed. */
export const script = (file: string, text: string) => {
  mkdirSync(join(file, ".."), { recursive: true })
  writeFileSync(file, `#!/bin/sh\n${text}\n`)
  chmodSync(file, 0o755)
  return file
}

/** A program that only says which nats-server it is. */
export const fakeServer = (file: string, version: string) => script(file, `echo "nats-server: v${version}"`)

/** A machine with only the system tools that the steps call, and without a network. */
export const emptyMachine = Effect.gen(function* () {
  const folder = yield* temporaryFolder
  const tools = join(folder, "tools")
  mkdirSync(tools)
  for (const tool of ["sh", "tar", "gzip", "cat", "cp", "mkdir", "chmod", "pwd", "sleep"]) {
    symlinkSync(execFileSync("sh", ["-c", `command -v ${tool}`], { encoding: "utf8" }).trim(), join(tools, tool))
  }
  const lines: Array<string> = []
  const world: World = {
    env: { PATH: tools },
    platform: "linux",
    arch: "x64",
    cache: join(folder, "cache"),
    releases: "http://127.0.0.1:1",
    sha256: { "linux-amd64": "0".repeat(64) },
    aptDirectory: join(folder, "apt"),
    idleTimeoutMillis: 300,
    log: (line) => lines.push(line)
  }
  return { folder, tools, world, lines, home: join(folder, "cache", "nats-server") }
})
