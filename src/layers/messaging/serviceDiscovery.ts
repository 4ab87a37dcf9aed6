import { type NatsConnection, nuid, type Subscription } from "@nats-io/transport-node"
import { isInbox } from "./commandMessage.ts"

// The discovery of services of NATS (ADR-32), as `nats micro` uses it. The library for it, @nats-io/services, was not released
// for this version of the client.

/** An endpoint of a service, and what it has done since the service started. */
export interface ServiceEndpoint {
  readonly name: string
  readonly subject: string
  readonly queueGroup: string
  readonly metadata: Readonly<Record<string, string>>
  readonly stats: EndpointStats
}

/** Counts the requests of an endpoint. */
export class EndpointStats {
  #requests = 0
  #errors = 0
  #lastError = ""
  #nanos = 0

  /** @param millis from the arrival of the request to its answer */
  record(millis: number, error: string | undefined): void {
    this.#requests++
    this.#nanos += Math.round(millis * 1e6)
    if (error === undefined) return
    this.#errors++
    this.#lastError = error
  }

  toJson() {
    return {
      num_requests: this.#requests,
      num_errors: this.#errors,
      last_error: this.#lastError,
      processing_time: this.#nanos,
      average_processing_time: this.#requests === 0 ? 0 : Math.round(this.#nanos / this.#requests)
    }
  }
}

export interface ServiceDescription {
  readonly name: string
  readonly description: string
  readonly endpoints: ReadonlyArray<ServiceEndpoint>
}

/** The version of the interface: of the subjects, the requests and the answers. */
const interfaceVersion = "1.0.0"

/** The documents by which a service answers, by the verb of the request. */
const documentsOf = ({ description, endpoints, name }: ServiceDescription) => {
  const identity = { name, id: nuid.next(), version: interfaceVersion, metadata: {} }
  const started = new Date().toISOString()
  const endpointOf = ({ name, queueGroup, subject }: ServiceEndpoint) => ({ name, subject, queue_group: queueGroup })
  const document = (type: string, more: object = {}) => ({
    ...identity,
    type: `io.nats.micro.v1.${type}_response`,
    ...more
  })
  const verbs = {
    PING: () => document("ping"),
    INFO: () =>
      document("info", {
        description,
        endpoints: endpoints.map((endpoint) => ({ ...endpointOf(endpoint), metadata: endpoint.metadata }))
      }),
    STATS: () =>
      document("stats", {
        started,
        endpoints: endpoints.map((endpoint) => ({ ...endpointOf(endpoint), ...endpoint.stats.toJson() }))
      })
  }
  return { id: identity.id, verbs }
}

/**
 * Answers questions for all services, for those of this name, and for this instance. Returns the subscriptions; `onError` is
 * called for each that the server does not permit.
 */
export const answerDiscovery = (
  nats: NatsConnection,
  service: ServiceDescription,
  onError: (error: Error) => void
): ReadonlyArray<Subscription> => {
  const { id, verbs } = documentsOf(service)
  return Object.entries(verbs).flatMap(([verb, document]) =>
    [`$SRV.${verb}`, `$SRV.${verb}.${service.name}`, `$SRV.${verb}.${service.name}.${id}`].map((subject) =>
      nats.subscribe(subject, {
        callback: (error, { reply }) => {
          if (error) onError(error)
          else if (reply !== undefined && isInbox(reply)) nats.publish(reply, JSON.stringify(document()))
        }
      })
    )
  )
}
