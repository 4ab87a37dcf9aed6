import { assert, it } from "@effect/vitest"
import { Console, Effect, References, Tracer } from "effect"
import * as LogFormat from "#layers/telemetry/export/logFormat.ts"

/** The lines that an effect logs in a format. */
const logged = <E>(format: LogFormat.LogFormat, effect: Effect.Effect<void, E>) =>
  Effect.gen(function* () {
    const lines: Array<string> = []
    const console = {
      ...globalThis.console,
      log: (...parts: ReadonlyArray<unknown>) => void lines.push(parts.join(" "))
    }
    yield* effect.pipe(Effect.provide(LogFormat.layer(format)), Effect.provideService(Console.Console, console))
    return lines
  })

const span = Tracer.externalSpan({ traceId: "0af7651916cd43dd8448eb211c80319c", spanId: "b7ad6b7169203331" })

it.effect("json is one object on each line, with the level, the correlation id and the trace", () =>
  Effect.gen(function* () {
    const lines = yield* logged(
      "json",
      Effect.logWarning("two\nlines", { with: 1 }).pipe(
        Effect.annotateLogs({ correlationId: "c-1" }),
        Effect.provideService(Tracer.ParentSpan, span),
        Effect.andThen(Effect.logError("A request failed", new Error("a defect")))
      )
    )
    assert.deepStrictEqual(JSON.parse(lines[0]!), {
      time: "1970-01-01T00:00:00.000Z",
      level: "WARN",
      message: 'two\nlines {"with":1}',
      correlationId: "c-1",
      trace_id: span.traceId,
      span_id: span.spanId
    })
    assert.isTrue(lines.every((line) => !line.includes("\n")))
    assert.deepInclude(JSON.parse(lines[1]!), { level: "ERROR" })
  })
)

it.effect("json has the cause of a defect, with its stack", () =>
  Effect.gen(function* () {
    const lines = yield* logged(
      "json",
      Effect.catchCause(Effect.die(new Error("a defect")), (cause) => Effect.logError("A request failed", cause))
    )
    const { cause, message } = JSON.parse(lines[0]!)
    assert.strictEqual(message, "A request failed")
    assert.match(cause, /^Error: a defect\n +at /u)
  })
)

it.effect("pretty is text, and a level below the minimum is left out in both", () =>
  Effect.gen(function* () {
    const log = Effect.andThen(Effect.logDebug("too much"), Effect.logInfo("for people"))
    const atInfo = Effect.provideService(log, References.MinimumLogLevel, "Info")
    assert.match((yield* logged("pretty", atInfo)).join("\n"), /^\[.*\] .*INFO.*for people/u)
    assert.lengthOf(yield* logged("json", atInfo), 1)
  })
)
