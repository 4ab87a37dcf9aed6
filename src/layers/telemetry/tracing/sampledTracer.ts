import { Option, Tracer } from "effect"

/**
 * A tracer that samples this share of the traces that begin here, from 0 to 1. A span with a parent follows its parent, in another
 * process too: the sampler `parentbased_traceidratio` of OpenTelemetry, with a random number instead of the trace id.
 */
export const sampledTracer = (
  tracer: Tracer.Tracer,
  ratio: number,
  random: () => number = Math.random
): Tracer.Tracer => ({
  ...tracer,
  span: (options) =>
    tracer.span(Option.isSome(options.parent) || random() < ratio ? options : { ...options, sampled: false })
})
