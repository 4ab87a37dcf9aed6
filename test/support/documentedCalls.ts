import { spawnSync } from "node:child_process"
import { readFileSync } from "node:fs"

/** A call in the documentation: its path with `{name}` for a value to fill in, and the names of its parameters. */
export interface DocumentedCall {
  readonly where: string
  readonly method: string
  readonly path: string
  readonly parameters: ReadonlyArray<string>
  /** The documented type of its response. */
  readonly answers: string | undefined
}

/** A curl command of the documentation, as the shell parses it. */
export interface Curl {
  readonly where: string
  readonly method: string
  readonly target: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: string | undefined
}

const inBraces = (text: string) => text.replaceAll(/<(\w+)>/gu, "{$1}")

/** The calls in a text, as `GET /path?a=&b=`, and the type behind them: "`GET /operations`: `Operations`". */
export const callsIn = (where: string): ReadonlyArray<DocumentedCall> =>
  Array.from(
    readFileSync(where, "utf8").matchAll(
      /`(GET|HEAD|PUT|POST|PATCH|DELETE) ([^`\s]+)`(?::\s+(?:the |one )?`([A-Z]\w+)`)?/gu
    ),
    ([, method, target, answers]) => {
      const [path = "", query = ""] = inBraces(target!).split("?")
      const parameters = query.split("&").flatMap((pair) => (/^[{\w}]+=/u.test(pair) ? [pair.split("=")[0]!] : []))
      return { where, method: method!, path, parameters, answers }
    }
  )

const argumentsOf = (command: string): ReadonlyArray<string> =>
  spawnSync("sh", ["-c", `curl() { for each; do printf '%s\\0' "$each"; done; }\n${command}`], { encoding: "utf8" })
    .stdout.split("\0")
    .slice(0, -1)

/** The curl commands of a text's shell blocks, in order. */
export const curlsIn = (where: string): ReadonlyArray<Curl> =>
  Array.from(readFileSync(where, "utf8").matchAll(/^ *```sh\n(.*?)^ *```$/gmsu), ([, block]) => block!)
    .flatMap((block) => block.split(/\n(?=\s*(?:curl|nats|npm|docker|[A-Z_]+=)\b)/u))
    .map((command) => command.trim())
    .filter((command) => command.startsWith("curl "))
    .map((command) => {
      const args = argumentsOf(inBraces(command))
      const headers: Record<string, string> = {}
      let [method, target, body]: [string | undefined, string, string | undefined] = [undefined, "", undefined]
      for (let n = 0; n < args.length; n++) {
        const each = args[n]!
        if (each === "--request" || each === "-X") method = args[++n]
        else if (each === "--header" || each === "-H") {
          const [name = "", value = ""] = args[++n]!.split(/: (.*)/su)
          headers[name.toLowerCase()] = value
        } else if (each === "--data" || each === "-d") body = args[++n]
        else if (each === "--url") target = args[++n]!
        else if (each.startsWith("-")) throw new Error(`${where}: the test does not know ${each} of curl`)
        else target = each
      }
      return {
        where,
        method: method ?? "GET",
        target: target.replace(/^http:\/\/127\.0\.0\.1:300[0-9]/u, ""),
        headers,
        body
      }
    })
