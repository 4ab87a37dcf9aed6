import { Effect, Layer } from "effect"
import type { Board } from "#domain/model/index.ts"
import * as VoidedPositions from "#layers/buckets/VoidedPositions.ts"
import * as AuditNats from "./adapters/AuditNats.ts"
import * as AuditReaderNats from "./adapters/AuditReaderNats.ts"
import * as BulkReads from "./adapters/BulkReads.ts"
import * as EventLogNats from "./adapters/EventLogNats.ts"
import * as HealthNats from "./adapters/HealthNats.ts"
import * as KeyValueNats from "./adapters/KeyValueNats.ts"
import * as LogReaderNats from "./adapters/LogReaderNats.ts"
import * as MessageSenderNats from "./adapters/MessageSenderNats.ts"
import * as SubscriptionsNats from "./adapters/SubscriptionsNats.ts"
import * as Nats from "./connection/Nats.ts"
import { Requests } from "./connection/Requests.ts"
import { requireCluster } from "./connection/requireCluster.ts"
import type { ServerAddress } from "./connection/serverAddress.ts"
import { recordLineages } from "./integrity/copies/recordLineages.ts"
import * as IntegrityNats from "./integrity/IntegrityNats.ts"
import { checkAtStart } from "./integrity/startCheck.ts"
import { defaultNewestCount } from "./integrity/verification.ts"
import * as VerifiedLog from "./integrity/verifiedEventLog.ts"
import { provision } from "./provision/provision.ts"
import { requireOwnStreams } from "./provision/requireOwnStreams.ts"
import { publishedStreamSpecs, type RowPublication, withRowPublication } from "./provision/rowPublication.ts"
import type { StreamSpec } from "./provision/streamSpecs.ts"
import * as LinearizableReads from "./read/linearizableReads.ts"

const eventLog = (board: Board.Any, replicas: number) =>
  VerifiedLog.layer.pipe(
    Layer.provide(
      replicas > 1
        ? LinearizableReads.eventLog(board).pipe(Layer.provide(EventLogNats.layer(board)))
        : EventLogNats.layer(board)
    )
  )

const services = (board: Board.Any, replicas: number, rows: RowPublication) =>
  Layer.mergeAll(
    SubscriptionsNats.layer(board, replicas),
    AuditNats.layer(board),
    AuditReaderNats.layer(board),
    HealthNats.layer(board),
    LogReaderNats.layer(board),
    MessageSenderNats.layer(board)
  ).pipe(
    Layer.provideMerge(eventLog(board, replicas)),
    Layer.provideMerge(IntegrityNats.layer(board, defaultNewestCount, replicas)),
    Layer.provideMerge(VoidedPositions.layer),
    Layer.provideMerge(KeyValueNats.layer(replicas, withRowPublication(board, rows))),
    Layer.provideMerge(Requests.layer)
  )

/**
 * Creates or corrects what a board declares. Checks before that the streams are not those of another board, and that the log
 * has lost no events: else nothing is provisioned nor served.
 */
export const provisionChecked = (board: Board.Any, replicas: number, specs?: ReadonlyArray<StreamSpec>) =>
  Effect.flatMap(Nats.Nats, (nats) => requireCluster(nats, replicas)).pipe(
    Effect.andThen(requireOwnStreams(board, replicas)),
    Effect.andThen(checkAtStart(board, replicas)),
    Effect.andThen(provision(board, replicas, specs)),
    Effect.tap(() => recordLineages(board))
  )

interface Options extends ServerAddress {
  readonly replicas: number
  /** Whether the server publishes stored rows for browsers; unchanged by default. */
  readonly rows?: RowPublication
}

/**
 * All services that a board runs on, backed by one NATS server or cluster. Provisions its streams, buckets and
 * consumers first.
 */
export const layer = (board: Board.Any, { rows = "unchanged", ...options }: Options) =>
  Layer.unwrap(
    // An operator may have configured more replicas, and a replica may be behind: then reads must be linearizable.
    Effect.map(
      provisionChecked(board, options.replicas, publishedStreamSpecs(board, options.replicas, rows)),
      (replicas) => services(board, replicas, rows)
    )
  ).pipe(Layer.provide(BulkReads.layer(options)), Layer.provideMerge(Nats.layer(options)))
