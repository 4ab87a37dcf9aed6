import { Config, Schema } from "effect"
import { wholeNumber } from "../wholeNumber.ts"

const WebSocketUrl = Schema.String.check(
  Schema.makeFilter(
    (text) =>
      /^wss?:\/\/[^\s/?#@;,']+(?:\/[^\s?#;,']*)?$/u.test(text) || "Expected an address such as wss://nats.hotel.example"
  )
)

const secrets = { issuer: "NATS_BROWSER_ISSUER", callout: "NATS_CALLOUT_NKEY" } as const

/** Whether the value of a setting may not appear in a message. */
export const isLiveSecret = (name: string): boolean => Object.values<string>(secrets).includes(name)

/** Settings of the rows that browsers read over WebSocket. */
export const liveSettings = Config.all({
  isOn: Config.Boolean("LIVE").pipe(Config.withDefault(false)),
  /** The port of the own server's WebSocket listener. Not any free one: open pages connect to it after a restart. */
  port: Config.schema(wholeNumber(1, 65_535), "NATS_WEBSOCKET_PORT").pipe(Config.withDefault(4280)),
  /** Where browsers connect; by default the own server's listener. */
  url: Config.option(Config.schema(WebSocketUrl, "NATS_WEBSOCKET_URL")),
  /** Connections of all browsers to the own server at once. */
  maxConnections: Config.schema(wholeNumber(1, 1_000_000), "LIVE_CONNECTIONS").pipe(Config.withDefault(1_000)),
  tokenSeconds: Config.schema(wholeNumber(5, 3_600), "LIVE_TOKEN_SECONDS").pipe(Config.withDefault(120)),
  /** A file with the seed of the issuer in the server's `auth_callout`, or the seed. */
  issuer: Config.option(Config.Redacted(secrets.issuer)),
  /** The account of the server that browsers are put in. */
  account: Config.option(Config.NonEmptyString("NATS_BROWSER_ACCOUNT")),
  /** A file with the seed of the user whom the server's `auth_callout` asks, or the seed; by default the app's own user. */
  callout: Config.option(Config.Redacted(secrets.callout))
})
