import type { Limits } from "./accountLimits.ts"
import { quoted } from "./browserBlocks.ts"
import type { User } from "./users.ts"

/** An account of the configuration. Users are blocks, exports and imports lines. */
export interface Account {
  readonly name: string
  readonly why: string
  readonly limits?: Limits
  readonly users: ReadonlyArray<string>
  readonly exports?: ReadonlyArray<string>
  readonly imports?: ReadonlyArray<string>
}

export const list = (items: ReadonlyArray<string>, indent: string): string =>
  items.length === 0 ? "[]" : `[\n${items.map((item) => `${indent}  ${item}`).join("\n")}\n${indent}]`

/** A user, who proves to have the seed of `nkey`, a public key. */
export const userBlock = ({ answerSeconds, publish, subscribe, transport }: User, nkey: string): string => {
  const subjects = (allowed: ReadonlyArray<string>) =>
    allowed.length === 0 ? `{ deny: ">" }` : `{ allow: ${list(allowed.map(quoted), "        ")} }`
  return `{
      nkey: ${nkey}
      allowed_connection_types: ["${transport}"]
      permissions: {
        publish: ${subjects(publish)}
        subscribe: ${subjects(subscribe)}${answerSeconds === undefined ? "" : `\n        allow_responses: { max: 1, expires: "${answerSeconds}s" }`}
      }
    }`
}

const limitLines = ({ connections, jetstream, payload, subscriptions }: Limits) => [
  ...(jetstream === undefined
    ? []
    : [
        `jetstream: { max_store: ${jetstream.maxStore}, max_memory: ${jetstream.maxMemory}, ` +
          `max_streams: ${jetstream.maxStreams}, max_consumers: ${jetstream.maxConsumers} }`
      ]),
  `limits: { max_connections: ${connections}, max_subscriptions: ${subscriptions}, max_payload: ${payload} }`
]

export const accountBlock = ({ exports = [], imports = [], limits, name, users, why }: Account): string =>
  [
    `  # ${why}`,
    `  ${quoted(name)}: {`,
    ...(limits === undefined ? [] : limitLines(limits)).map((line) => `    ${line}`),
    ...(exports.length > 0 ? [`    exports: ${list(exports, "    ")}`] : []),
    ...(imports.length > 0 ? [`    imports: ${list(imports, "    ")}`] : []),
    `    users: [${users.map((user) => `\n    ${user}`).join("")}\n    ]`,
    "  }"
  ].join("\n")
