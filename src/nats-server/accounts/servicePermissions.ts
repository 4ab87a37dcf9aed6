import { Board } from "#domain/model/index.ts"
import { bucketOf, bucketStream } from "#layers/buckets/bucketNames.ts"
import * as Subject from "#layers/codec/Subject.ts"
import { rebuiltStreamName } from "#layers/nats/integrity/copies/rebuiltStream.ts"
import { streamSpecs, type StreamSpec } from "#layers/nats/provision/streamSpecs.ts"
import { rejectionsStream, auditStream } from "#layers/nats/publish/auditTrimmer.ts"
import { subscriptions } from "#layers/processors/boardSubscriptions.ts"

// The requests that a running app sends. `app.test.ts` runs an app with these permissions and no others.

const isBucket = ({ name }: StreamSpec) => name.startsWith("KV_")

/** Every stream: its state, and its messages, from its leader. */
const reads = ({ name }: StreamSpec) => [`$JS.API.STREAM.INFO.${name}`, `$JS.API.STREAM.MSG.GET.${name}`]

/** Messages from any replica, by position or by subject. */
const directReads = (stream: string) => [`$JS.API.DIRECT.GET.${stream}`, `$JS.API.DIRECT.GET.${stream}.>`]

/** Readers of the log, of buckets and of rejections: consumers with random names, which the server removes when idle. */
const ephemeralConsumers = (stream: string) => [
  `$JS.API.CONSUMER.CREATE.${stream}`,
  `$JS.API.CONSUMER.INFO.${stream}.*`,
  `$JS.API.CONSUMER.MSG.NEXT.${stream}.*`,
  `$JS.API.CONSUMER.DELETE.${stream}.*`
]

/** The consumers of views and automations, which the app recreates, moves and takes over. */
const durableConsumers = (board: Board.Any) => {
  const { automations, views } = subscriptions(board)
  return [...views, ...automations].flatMap(({ subscription: { name } }) =>
    ["DURABLE.CREATE", "RESET", "UNPIN", "PAUSE"].map((verb) => `$JS.API.CONSUMER.${verb}.${board.name}.${name}`)
  )
}

/**
 * What the app changes about streams while it runs: it recreates a bucket that was deleted, empties the rows of a view that is
 * rebuilt, drops the oldest rejections when the audit is full, and resumes copies of the log that the server has stopped.
 * No stream may be deleted, and the log and its buckets may not be configured.
 */
const maintenance = (board: Board.Any, specs: ReadonlyArray<StreamSpec>) => [
  ...specs.filter(isBucket).map(({ name }) => `$JS.API.STREAM.CREATE.${name}`),
  ...Board.views(board).map((view) => `$JS.API.STREAM.PURGE.${bucketStream(bucketOf(view))}`),
  ...[rejectionsStream, auditStream].map((stream) => `$JS.API.STREAM.PURGE.${stream}`),
  ...specs
    .filter(({ sources = [] }) => sources.some(({ name }) => name === board.name))
    .map(({ name }) => `$JS.API.STREAM.UPDATE.${name}`)
]

/** The subjects that the app publishes to: events, rejections, rows and messages, and requests to JetStream. */
export const servicePublishes = (board: Board.Any): ReadonlyArray<string> => {
  const specs = streamSpecs(board, 1)
  const readByConsumer = [board.name, ...specs.filter(isBucket).map(({ name }) => name), rejectionsStream]
  return [
    ...specs.flatMap(({ subjects = [] }) => subjects),
    ...Board.messages(board).map((message) => Subject.messageSubject(board, message)),
    "$JS.API.INFO",
    ...specs.flatMap(reads),
    `$JS.API.STREAM.INFO.${rebuiltStreamName(board)}`,
    ...readByConsumer.filter((stream) => stream !== rejectionsStream).flatMap(directReads),
    ...readByConsumer.flatMap(ephemeralConsumers),
    // The name and the filter of a consumer that counts the rejections of one command.
    `$JS.API.CONSUMER.CREATE.${rejectionsStream}.*.audit.refused.>`,
    `$JS.API.CONSUMER.LIST.${board.name}`,
    ...durableConsumers(board),
    ...maintenance(board, specs)
  ]
}
