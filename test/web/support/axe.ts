import { readFileSync } from "node:fs"
import { createRequire } from "node:module"
import type { Page } from "playwright-core"

const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8")

/**
 * Serious and critical violations that axe finds in a part of the page, with their targets. Waits for animations to end,
 * which affect colours.
 */
export const violations = async (page: Page, part: string): Promise<ReadonlyArray<string>> => {
  await page.waitForFunction(() => document.getAnimations().every(({ playState }) => playState !== "running"))
  if (!(await page.evaluate("'axe' in globalThis"))) await page.evaluate(axe)
  return page.evaluate(`axe.run("${part}", {
    runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "best-practice"],
    resultTypes: ["violations"]
  }).then(({ violations }) =>
    violations
      .filter(({ impact }) => impact === "serious" || impact === "critical")
      .flatMap(({ id, nodes }) => nodes.map(({ target, failureSummary }) => id + " at " + target + ": " + failureSummary)))`)
}
