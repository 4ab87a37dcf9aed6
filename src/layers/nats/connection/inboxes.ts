import { createInbox, type NatsConnection } from "@nats-io/transport-node"

/** By connection, since the client does not tell its prefix. */
const prefixes = new WeakMap<NatsConnection, string>()

/** Has the inboxes of a connection begin with this prefix. Without one they begin with `_INBOX`, as the client's do. */
export const setInboxPrefix = (nats: NatsConnection, prefix: string): void => void prefixes.set(nats, prefix)

/**
 * A new inbox: a subject for answers that cannot be guessed. It begins with the prefix of the connection, since users
 * of one account that share a prefix may read each other's answers.
 */
export const newInbox = (nats: NatsConnection): string => createInbox(prefixes.get(nats))
