import type { Board } from "#domain/model/index.ts"
import { streamSpecs, type StreamSpec } from "#layers/nats/provision/streamSpecs.ts"
import { subscriptions } from "#layers/processors/boardSubscriptions.ts"

/** The limits of an account. */
export interface Limits {
  readonly jetstream?: {
    /** Bytes on all replicas together. */
    readonly maxStore: number
    readonly maxMemory: number
    readonly maxStreams: number
    /** For each stream. */
    readonly maxConsumers: number
  }
  readonly connections: number
  /** For each connection. */
  readonly subscriptions: number
  /** Bytes of a message that a client sends. */
  readonly payload: number
}

/** Consumers of scans, watches and log tails on one stream: about ten for each process of an app. */
const ephemeralConsumers = 200

/** Consumers keep their state in memory; no stream does. */
const maxMemory = 64 * 1024 ** 2

const largest = (values: ReadonlyArray<number>) => Math.max(...values)
const sum = (values: ReadonlyArray<number>) => values.reduce((total, value) => total + value, 0)
const maxBytes = ({ max_bytes = 0 }: StreamSpec) => max_bytes

/** Bytes that the streams of a hotel may hold, and room for a second log, which a repair writes. */
export const storeBytes = (board: Board.Any, replicas: number): number => {
  const specs = streamSpecs(board, replicas)
  return replicas * (sum(specs.map(maxBytes)) + maxBytes(specs[0]!))
}

/** The largest message of any stream. */
export const payloadBytes = (board: Board.Any): number =>
  largest(streamSpecs(board, 1).map(({ max_msg_size = 0 }) => max_msg_size))

/** Of a hotel's own account: the app's processes, and operators. */
export const hotelLimits = (
  board: Board.Any,
  {
    connections,
    maxStore,
    replicas
  }: { readonly connections: number; readonly maxStore?: number; readonly replicas: number }
): Limits => {
  const { automations, views } = subscriptions(board)
  return {
    jetstream: {
      maxStore: maxStore ?? storeBytes(board, replicas),
      maxMemory,
      maxStreams: streamSpecs(board, replicas).length + 1,
      maxConsumers: views.length + automations.length + ephemeralConsumers
    },
    connections,
    subscriptions: 1_000,
    payload: payloadBytes(board)
  }
}

/** Of the browsers of a hotel: one subscription for each bucket and some for answers; requests are short. */
export const browserLimits = (buckets: ReadonlyArray<string>, connections: number): Limits => ({
  connections,
  subscriptions: buckets.length + 4,
  payload: 16 * 1024
})

/** Of an account whose users send little or nothing. */
export const smallLimits = (subscriptions: number): Limits => ({ connections: 64, subscriptions, payload: 64 * 1024 })
