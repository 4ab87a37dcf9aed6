import type { JsMsg } from "@nats-io/jetstream"
import type { Msg } from "@nats-io/transport-node"
import type { Logged } from "../LogReader.ts"
import { attributesOf, type Headers } from "../wire/attributes.ts"
import type { Codec } from "../wire/CloudEvent.ts"

interface Stored extends Pick<Logged, "position" | "subject" | "storedAt"> {
  readonly headers: () => Headers
  readonly text: () => string
}

const jsonOr = (text: string): unknown => {
  try {
    return JSON.parse(text)
  } catch {
    return text
  }
}

const logged = (codec: Codec, { headers, text, ...where }: Stored): Logged => {
  let fact: ReturnType<Logged["fact"]> | undefined
  return {
    ...where,
    fact: () => (fact ??= codec.decode({ ...where, headers: headers(), data: () => JSON.parse(text()) })),
    raw: () => ({ attributes: attributesOf(headers()), data: jsonOr(text()) })
  }
}

/** A message that a consumer delivered. */
export const delivered = (codec: Codec, message: JsMsg): Logged =>
  logged(codec, {
    position: message.seq,
    subject: message.subject,
    storedAt: Math.floor(message.info.timestampNanos / 1e6),
    headers: () => message.headers ?? [],
    text: () => message.string()
  })

/** A message that a direct get answered with. */
export const got = (codec: Codec, message: Msg): Logged => {
  const header = (name: string) => message.headers?.get(name) ?? ""
  return logged(codec, {
    position: Number(header("Nats-Sequence")),
    subject: header("Nats-Subject"),
    storedAt: Date.parse(header("Nats-Time-Stamp")),
    headers: () => message.headers ?? [],
    text: () => message.string()
  })
}
