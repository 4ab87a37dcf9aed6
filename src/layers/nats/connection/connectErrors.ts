import {
  AuthorizationError,
  ConnectionError,
  TimeoutError,
  UserAuthenticationExpiredError
} from "@nats-io/transport-node"
import { Data } from "effect"
import { errorMessage } from "#layers/services/errorMessage.ts"
import type { ServerAddress } from "./serverAddress.ts"
import { wantsTls } from "./tls.ts"

export const remedies = {
  none: "Start a nats-server with JetStream there, or leave NATS_URL out to have one started",
  credentials:
    "Name a user of it and the password, as in NATS_URL=nats://<user>:<password>@<host>:<port> or in NATS_USER and " +
    "NATS_PASSWORD; or set NATS_TOKEN, NATS_NKEY or NATS_CREDS"
}

/** The server cannot be reached, or is unsuitable. */
export class NatsUnreachable extends Data.TaggedError("NatsUnreachable")<{
  readonly servers: string
  readonly reason: string
  readonly remedy?: string | undefined
}> {
  override get message() {
    return `NATS at ${this.servers} cannot be used: ${this.reason}. ${this.remedy ?? remedies.none}.`
  }
}

interface Failure {
  readonly reason: string
  readonly remedy?: string
}

const certificateRemedies: ReadonlyArray<readonly [codes: RegExp, failure: Failure]> = [
  [
    /^(?:DEPTH_ZERO_SELF_SIGNED_CERT|SELF_SIGNED_CERT_IN_CHAIN|UNABLE_TO_(?:GET_ISSUER_CERT|VERIFY)\w*)$/u,
    {
      reason: "its certificate is signed by an authority that is not trusted here",
      remedy: "Set NATS_CA to the PEM file of the authority that signed it"
    }
  ],
  [
    /^CERT_(?:HAS_EXPIRED|NOT_YET_VALID)$/u,
    { reason: "its certificate has expired, or is not valid yet", remedy: "Renew it there, or set the clock here" }
  ],
  [
    /^ERR_TLS_CERT_ALTNAME_INVALID$/u,
    {
      reason: "its certificate is for another name or address",
      remedy: "Name it in NATS_URL as its certificate does (subjectAltName)"
    }
  ],
  [
    /^ERR_SSL_(?:WRONG_VERSION_NUMBER|PACKET_LENGTH_TOO_LONG)$/u,
    {
      reason: "it does not begin with TLS, as NATS_TLS_FIRST requires",
      remedy: "Leave NATS_TLS_FIRST out, or set handshake_first there"
    }
  ]
]

const tlsFailure = (address: ServerAddress, error: unknown): Failure | undefined => {
  const { code = "" } = error as { readonly code?: string }
  const known = certificateRemedies.find(([codes]) => codes.test(code))?.[1]
  if (known !== undefined) return known
  if (error instanceof ConnectionError && error.message.includes("does not support 'tls'")) {
    return {
      reason:
        "it offers no TLS, which tls:// or a NATS_CA, NATS_CERT or NATS_TLS_FIRST requires; nothing was sent to it",
      remedy: "Turn TLS on there, or go without it: nats:// in NATS_URL, and none of these settings"
    }
  }
  if (!(error instanceof TimeoutError) || !wantsTls(address)) return undefined
  // A server that rejects the client's certificate closes the connection; the client does not report that, only the
  // timeout.
  return {
    reason: "it did not answer in time",
    remedy:
      "Check that it runs; if it asks for a client certificate, set NATS_CERT and NATS_KEY to one that its authority signed"
  }
}

/** The client's message for a server that closes the connection before it sends anything. */
const closedEarlyMessage = "node provided an undefined error"

const failureOf = (address: ServerAddress, error: unknown): Failure => {
  if (error instanceof AuthorizationError || error instanceof UserAuthenticationExpiredError) {
    return { reason: errorMessage(error), remedy: remedies.credentials }
  }
  if (error instanceof ConnectionError && error.message.includes(closedEarlyMessage)) {
    return {
      reason: "it closed the connection without a greeting",
      remedy: "If it expects TLS first (handshake_first), set NATS_TLS_FIRST=true; otherwise check its log"
    }
  }
  return tlsFailure(address, error) ?? { reason: errorMessage(error) }
}

/** Explains why a connection failed, with a remedy. */
export const toNatsUnreachable = (address: ServerAddress, error: unknown): NatsUnreachable =>
  new NatsUnreachable({ servers: address.servers, ...failureOf(address, error) })
