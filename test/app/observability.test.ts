import { execFileSync, spawnSync } from "node:child_process"
import { readFileSync } from "node:fs"
import { assert, describe, it } from "@effect/vitest"
import { Effect, Layer } from "effect"
import { parse } from "yaml"
import * as Telemetry from "#layers/telemetry/telemetry.ts"
import { ann, book, library } from "#test/boards/libraryBoard.ts"
import { natsBackend, runningBoard } from "#test/support/backends.ts"
import { ownRegistry, seriesIn } from "#test/support/metricLines.ts"
import { ServedBoard, servedBoard } from "#test/support/servedBoard.ts"

interface Rule {
  readonly alert?: string
  readonly record?: string
  readonly expr: string
  readonly annotations?: { readonly runbook: string }
}

const folder = "deploy/observability"
const { groups } = parse(readFileSync(`${folder}/alerts.yaml`, "utf8")) as {
  readonly groups: ReadonlyArray<{ readonly rules: ReadonlyArray<Rule> }>
}
const rules = groups.flatMap((group) => group.rules)
const alerts = rules.flatMap(({ alert, annotations }) => (alert ? [{ alert, runbook: annotations!.runbook }] : []))
const dashboard = JSON.parse(readFileSync(`${folder}/dashboard.json`, "utf8"))
const dashboardExpressions: ReadonlyArray<string> = dashboard.panels.flatMap(({ targets = [] }: any) =>
  targets.map(({ expr }: any) => expr)
)

/** The names of metrics in an expression: words that are no function, operator, label or duration. */
const metricsIn = (expression: string): ReadonlyArray<string> =>
  Array.from(
    expression
      .replaceAll(/\{[^}]*\}|\[[^\]]*\]|"[^"]*"/gu, "")
      .replaceAll(/\b(?:by|without|on|ignoring)\s*\([^)]*\)/gu, "")
      .matchAll(/(?<![\w.$])[a-z_][a-z0-9_:]*(?!\s*\()\b(?!\s*\()/gu),
    ([name]) => name
  ).filter((name) => !["and", "or", "unless", "sum", "min", "max", "avg"].includes(name))

const promtool = process.env["PROMTOOL"] ?? "promtool"
const hasPromtool = spawnSync(promtool, ["--version"]).status === 0
if (!hasPromtool)
  console.log("  · promtool is not on the path, and PROMTOOL names none: its checks of alerts.yaml are skipped")

describe("The alerts and the dashboard", () => {
  it("find the metrics in an expression", () => {
    const expression = 'sum by (a) (rate(x_total{b=~"c|d"}[5m])) / e_count > 0.1 and min by (f) (g:h - i) < 0'
    assert.deepStrictEqual(metricsIn(expression), ["x_total", "e_count", "g:h", "i"])
  })

  it.live("name only metrics that the app exposes, or that a rule records", () =>
    Effect.gen(function* () {
      const { call, put } = yield* ServedBoard
      yield* put("/acquire", { data: { book, title: "Moby-Dick" } })
      yield* put("/borrow", { data: { book, reader: ann } })
      const exposed = seriesIn((yield* call("/metrics")).text).map(({ name }) => name)
      const known = new Set([...exposed, ...rules.flatMap(({ record }) => record ?? [])])
      const named = [...rules.map(({ expr }) => expr), ...dashboardExpressions].flatMap(metricsIn)
      assert.isAbove(new Set(named).size, 20)
      assert.deepStrictEqual(
        [...new Set(named)].filter((name) => !known.has(name)),
        []
      )
    }).pipe(
      Effect.provide(
        servedBoard(library).pipe(
          Layer.provideMerge(runningBoard(library, natsBackend)),
          Layer.provide(Telemetry.layer(library, { metrics: true, logFormat: "pretty", otlp: undefined })),
          Layer.provide(ownRegistry)
        )
      )
    )
  )

  it("have an entry in the runbook for each alert, and no other", () => {
    const runbook = readFileSync("docs/operations.md", "utf8")
    assert.isAbove(alerts.length, 10)
    for (const { alert, runbook: link } of alerts) {
      const anchor = `alert-${alert.toLowerCase()}`
      assert.strictEqual(link, `docs/operations.md#${anchor}`)
      assert.include(runbook, `<a id="${anchor}"></a>`, `${alert} has no entry in docs/operations.md`)
    }
    const anchors = Array.from(runbook.matchAll(/<a id="alert-([a-z]+)">/gu), ([, name]) => name!)
    assert.sameMembers(
      anchors,
      alerts.map(({ alert }) => alert.toLowerCase())
    )
  })

  it("have a test of promtool for each alert", () => {
    const tests = readFileSync(`${folder}/alertsTest.yaml`, "utf8")
    for (const { alert } of alerts) {
      const expected = new RegExp(`alertname: ${alert}\n +exp_alerts:\n +- exp_labels`, "u")
      assert.match(tests, expected, `${alert} never fires in ${folder}/alertsTest.yaml`)
    }
  })

  for (const [command, file] of [
    ["check", "alerts.yaml"],
    ["test", "alertsTest.yaml"]
  ] as const) {
    it.skipIf(!hasPromtool)(`pass promtool ${command} rules`, () => {
      const output = execFileSync(promtool, [command, "rules", file], { cwd: folder, encoding: "utf8" })
      assert.include(output, "SUCCESS")
    })
  }
})
