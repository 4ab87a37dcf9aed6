import { createServer } from "node:http"
import type { AddressInfo } from "node:net"
import { Effect } from "effect"

/** A span as OTLP has it in JSON, with its attributes as an object. */
export interface ReceivedSpan {
  readonly traceId: string
  readonly spanId: string
  readonly parentSpanId?: string
  readonly name: string
  readonly kind: number
  readonly attributes: Readonly<Record<string, unknown>>
  readonly links: ReadonlyArray<{ readonly traceId: string }>
  readonly status: { readonly code: number; readonly message?: string }
}

const valueOf = (value: Record<string, any>): unknown =>
  value["stringValue"] ?? value["intValue"] ?? value["doubleValue"] ?? value["boolValue"]

/** OTLP's attributes as an object. */
export const attributesIn = (attributes: ReadonlyArray<{ readonly key: string; readonly value: object }>) =>
  Object.fromEntries(attributes.map(({ key, value }) => [key, valueOf(value)]))

/** The spans of a request of OTLP in JSON. */
export const spansIn = (body: any): ReadonlyArray<ReceivedSpan> =>
  body.resourceSpans.flatMap(({ scopeSpans }: any) =>
    scopeSpans.flatMap(({ spans }: any) =>
      spans.map((span: any) => ({ ...span, attributes: attributesIn(span.attributes ?? []) }))
    )
  )

/** Receives OTLP over HTTP, as JSON, until the scope closes. */
export const otlpReceiver = Effect.gen(function* () {
  const bodies: Record<"traces" | "metrics" | "logs", Array<any>> = { traces: [], metrics: [], logs: [] }
  const headers: Array<Readonly<Record<string, unknown>>> = []
  const server = yield* Effect.acquireRelease(
    Effect.callback<ReturnType<typeof createServer>>((resume) => {
      const listening = createServer((request, response) => {
        const chunks: Array<Buffer> = []
        request.on("data", (chunk: Buffer) => chunks.push(chunk))
        request.on("end", () => {
          const signal = request.url!.split("/").at(-1) as keyof typeof bodies
          bodies[signal].push(JSON.parse(Buffer.concat(chunks).toString()))
          headers.push(request.headers)
          response.writeHead(200, { "content-type": "application/json" }).end("{}")
        })
      }).listen(0, "127.0.0.1", () => resume(Effect.succeed(listening)))
    }),
    (listening) =>
      Effect.sync(() => {
        listening.closeAllConnections()
        listening.close()
      })
  )
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    headers,
    spans: () => bodies.traces.flatMap(spansIn),
    metricNames: () =>
      new Set<string>(
        bodies.metrics.flatMap(({ resourceMetrics }) =>
          resourceMetrics.flatMap(({ scopeMetrics }: any) =>
            scopeMetrics.flatMap(({ metrics }: any) => metrics.map(({ name }: any) => name))
          )
        )
      ),
    resource: (): Readonly<Record<string, unknown>> =>
      attributesIn(bodies.traces[0]?.resourceSpans[0].resource.attributes ?? []),
    logs: (): ReadonlyArray<any> =>
      bodies.logs.flatMap(({ resourceLogs }) =>
        resourceLogs.flatMap(({ scopeLogs }: any) => scopeLogs.flatMap(({ logRecords }: any) => logRecords))
      )
  }
})
