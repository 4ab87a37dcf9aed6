import { stale } from "./checker/answers.ts"
import { Case, type Evidence, type Violation } from "./checker/Case.ts"
import { waits } from "./checker/effects.ts"
import { type Verdict, violationsIn } from "./checker/index.ts"
import { type Plan, usual } from "./Plan.ts"

export interface Report {
  readonly plan: Plan
  readonly about: string
  readonly evidence: Evidence
  readonly verdicts: ReadonlyArray<Verdict>
  readonly longestStall: number
  readonly surprises: number
  readonly folder: string
}

/** Violations shown of each invariant. */
const shown = 3

const counted = (names: Iterable<string>): ReadonlyArray<string> =>
  Array.from(
    Map.groupBy(names, (name) => name),
    ([name, all]) => `${String(all.length).padStart(8)}  ${name}`
  ).sort((a, b) => a.slice(8).localeCompare(b.slice(8)))

const told = ({ excerpt, what }: Violation): ReadonlyArray<string> => [
  `        - ${what}`,
  ...excerpt.map((line) => `            ${line}`)
]

const judged = ({ invariant: { name, promise }, violations }: Verdict): ReadonlyArray<string> => [
  `  ${violations.length === 0 ? "✓" : "✗"} ${name}  ${promise}`,
  ...(violations.length > shown ? [`        ${violations.length} violations, the first ${shown}:`] : []),
  ...violations.slice(0, shown).flatMap(told)
]

/** Commands of which one call or more had no answer, and those among them that were told yes or no in the end. */
const unknowns = ({ history }: Evidence) => {
  const calls = Map.groupBy(
    history.flatMap((entry) => (entry.type === "call" ? [entry] : [])),
    ({ key }) => key
  )
  const unknown = Array.from(calls.values()).filter((all) =>
    all.some(({ outcome }) => outcome.is === "unknown" || outcome.is === "unavailable")
  )
  const resolved = unknown.filter((all) => all.some(({ outcome }) => outcome.is === "done" || outcome.is === "refused"))
  return { unknown: unknown.length, resolved: resolved.length }
}

const answered = (waits: ReadonlyArray<number>): string => {
  const seconds = (q: number) =>
    ((waits[Math.min(waits.length - 1, Math.floor(q * waits.length))] ?? 0) / 1000).toFixed(1)
  return `${waits.length} facts were answered by automations: half within ${seconds(0.5)} s, 99 % within ${seconds(0.99)} s, the last after ${seconds(1)} s`
}

/** How the same run is made again. */
export const replay = ({ seed, minutes, nodes, rate, workers, pause, haste, sync, only }: Plan): string =>
  `npm run chaos -- --seed ${seed} --minutes ${minutes} --nodes ${nodes} --rate ${rate} --workers ${workers}` +
  ` --pause ${pause.join("-")}` +
  (haste === usual.haste ? "" : ` --haste ${haste}`) +
  (sync === usual.sync ? "" : ` --sync ${sync}`) +
  (only ?? []).map((name) => ` --only ${name}`).join("")

/** What happened, and whether the promises were kept, for people. */
export const tell = (report: Report): string => {
  const { evidence, plan, verdicts } = report
  const { history, log } = evidence
  const about = new Case(evidence)
  const faults = history.flatMap((entry) => (entry.type === "fault" ? [entry.name] : []))
  const calls = history.flatMap((entry) => (entry.type === "call" ? [entry.outcome.is] : []))
  const commands = history.filter(({ type }) => type === "ask").length
  const { resolved, unknown } = unknowns(evidence)
  return [
    "",
    `Seed ${plan.seed}, ${plan.minutes} minutes, ${plan.nodes === 1 ? "one node" : `${plan.nodes} nodes`}; ${report.about}`,
    "",
    `Faults   ${faults.length} of ${new Set(faults).size} kinds`,
    ...counted(faults),
    `Commands ${commands}, sent ${calls.length} times`,
    ...counted(calls),
    `Facts    ${log.length}`,
    `Unknown  ${unknown} commands had no answer at first, ${resolved} of them were resolved by their id`,
    `Stall    ${(report.longestStall / 1000).toFixed(1)} s at the longest without a yes or no to anybody`,
    `Stale    ${stale(about).length} times somebody was refused on what was not the newest any more`,
    `Gears    ${answered(waits(about))}`,
    `Ends     ${report.surprises} times an app ended that nobody had ended`,
    "",
    ...verdicts.flatMap(judged),
    "",
    `${violationsIn(verdicts).length} violations`,
    `Again    ${replay(plan)}`,
    `Files    ${report.folder}`
  ].join("\n")
}
