import { staleAnswers } from "./checker/answers.ts"
import { reactionMillis } from "./checker/automations.ts"
import { EvidenceIndex, type Evidence, type Violation } from "./checker/Evidence.ts"
import { type Verdict, allViolations } from "./checker/index.ts"
import { type Plan, defaultPlan } from "./Plan.ts"

export interface Report {
  readonly plan: Plan
  readonly about: string
  readonly evidence: Evidence
  readonly verdicts: ReadonlyArray<Verdict>
  readonly maxStallMillis: number
  readonly unexpectedExits: number
  readonly folder: string
}

/** The maximum number of violations shown for each invariant. */
const maxShownViolations = 3

const countLines = (names: Iterable<string>): ReadonlyArray<string> =>
  Array.from(
    Map.groupBy(names, (name) => name),
    ([name, all]) => `${String(all.length).padStart(8)}  ${name}`
  ).sort((a, b) => a.slice(8).localeCompare(b.slice(8)))

const violationLines = ({ excerpt, description }: Violation): ReadonlyArray<string> => [
  `        - ${description}`,
  ...excerpt.map((line) => `            ${line}`)
]

const verdictLines = ({ invariant: { name, promise }, violations }: Verdict): ReadonlyArray<string> => [
  `  ${violations.length === 0 ? "✓" : "✗"} ${name}  ${promise}`,
  ...(violations.length > maxShownViolations
    ? [`        ${violations.length} violations, the first ${maxShownViolations}:`]
    : []),
  ...violations.slice(0, maxShownViolations).flatMap(violationLines)
]

/** The number of commands with a call without an answer, and of those among them that got a definite answer. */
const countUnknown = ({ history }: Evidence) => {
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

const reactionSummary = (millis: ReadonlyArray<number>): string => {
  const seconds = (q: number) =>
    ((millis[Math.min(millis.length - 1, Math.floor(q * millis.length))] ?? 0) / 1000).toFixed(1)
  return `${millis.length} events were processed by automations: half within ${seconds(0.5)} s, 99 % within ${seconds(0.99)} s, the last after ${seconds(1)} s`
}

/** The command line that repeats a run. */
export const replayCommand = ({ board, seed, minutes, nodes, rate, workers, pause, haste, sync, only }: Plan): string =>
  `npm run chaos --${board === defaultPlan.board ? "" : ` --board ${board}`} --seed ${seed} --minutes ${minutes} --nodes ${nodes} --rate ${rate} --workers ${workers}` +
  ` --pause ${pause.join("-")}` +
  (haste === defaultPlan.haste ? "" : ` --haste ${haste}`) +
  (sync === defaultPlan.sync ? "" : ` --sync ${sync}`) +
  (only ?? []).map((name) => ` --only ${name}`).join("")

/** The report of a run as text. */
export const formatReport = (report: Report): string => {
  const { evidence, plan, verdicts } = report
  const { history, log } = evidence
  const index = new EvidenceIndex(evidence)
  const faults = history.flatMap((entry) => (entry.type === "fault" ? [entry.name] : []))
  const calls = history.flatMap((entry) => (entry.type === "call" ? [entry.outcome.is] : []))
  const commands = history.filter(({ type }) => type === "ask").length
  const { resolved, unknown } = countUnknown(evidence)
  return [
    "",
    `Seed ${plan.seed}, ${plan.minutes} minutes, ${plan.nodes === 1 ? "one node" : `${plan.nodes} nodes`}; ${report.about}`,
    "",
    `Faults   ${faults.length} of ${new Set(faults).size} kinds`,
    ...countLines(faults),
    `Commands ${commands}, sent ${calls.length} times`,
    ...countLines(calls),
    `Events   ${index.originals.length}, with ${log.length - index.originals.length} copies and ${evidence.checks.length} checks`,
    `Unknown  ${unknown} commands had no answer at first, ${resolved} of them were resolved by their id`,
    `Stall    ${(report.maxStallMillis / 1000).toFixed(1)} s at most without a definite answer to any command`,
    `Stale    ${staleAnswers(index).length} rejections were based on a replica that was behind`,
    `Reaction ${reactionSummary(reactionMillis(index))}`,
    `Exits    ${report.unexpectedExits} unexpected exits of an app`,
    "",
    ...verdicts.flatMap(verdictLines),
    "",
    `${allViolations(verdicts).length} violations`,
    `Replay   ${replayCommand(plan)}`,
    `Files    ${report.folder}`
  ].join("\n")
}
