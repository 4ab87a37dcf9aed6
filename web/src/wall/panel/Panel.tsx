import { useLayoutEffect, useRef } from "preact/hooks"
import { Dated } from "../../ui/Dated.tsx"
import { focusOn, itemOf } from "../board/keys.ts"
import { focused } from "../view.ts"
import { type Subject, subject, wall } from "../wallState.ts"
import { AutomationPanel } from "./AutomationPanel.tsx"
import { CommandPanel } from "./commands/CommandPanel.tsx"
import { DeadLettersPanel } from "./DeadLettersPanel.tsx"
import { CorrelationPanel } from "./events/CorrelationPanel.tsx"
import { EventPanel } from "./events/EventPanel.tsx"
import { EventTypePanel } from "./events/EventTypePanel.tsx"
import { StreamPanel } from "./events/StreamPanel.tsx"
import { LegendPanel } from "./LegendPanel.tsx"
import { MessagePanel } from "./MessagePanel.tsx"
import { RulePanel } from "./RulePanel.tsx"
import { ScreenPanel } from "./ScreenPanel.tsx"
import { UnknownPanel } from "./UnknownPanel.tsx"
import { RowPanel, rowTitle } from "./views/RowPanel.tsx"
import { ViewPanel } from "./views/ViewPanel.tsx"

const contentOf = (subject: Subject) => {
  switch (subject.kind) {
    case "event":
      return <EventTypePanel name={subject.name} />
    case "command":
      return <CommandPanel name={subject.name} />
    case "message":
      return <MessagePanel name={subject.name} />
    case "view":
      return <ViewPanel name={subject.name} />
    case "automation":
      return <AutomationPanel name={subject.name} />
    case "screen":
      return <ScreenPanel name={subject.name} column={subject.column} />
    case "rule":
      return <RulePanel column={subject.column} rule={subject.rule} />
    case "recorded":
      return <EventPanel position={subject.position} />
    case "row":
      return <RowPanel name={subject.name} words={subject.words} />
    case "correlation":
      return <CorrelationPanel id={subject.id} />
    case "stream":
      return <StreamPanel id={subject.id} />
    case "legend":
      return <LegendPanel />
    case "unknown":
      return <UnknownPanel />
    case "parked":
      return <DeadLettersPanel />
    case "missing":
      return <p role="alert">{subject.why}</p>
  }
}

const kindNames = {
  event: "Event type",
  command: "Command",
  message: "Message",
  view: "Read model",
  automation: "Automation",
  screen: "Screen",
  rule: "Rule",
  recorded: "Event",
  row: "Row",
  correlation: "Correlation",
  stream: "Event stream",
  legend: "The wall",
  unknown: "Not on the board",
  parked: "Needs attention",
  missing: "Link"
} as const

const titleOf = (subject: Subject): string => {
  if (subject.kind === "rule") return subject.rule
  if (subject.kind === "recorded") return `Position ${subject.position}`
  if (subject.kind === "parked") return "Dead letters"
  if (subject.kind === "missing") return "Not found"
  if (subject.kind === "row") return rowTitle(subject)
  if (subject.kind === "correlation" || subject.kind === "stream") return subject.id
  if (subject.kind === "legend") return "Legend"
  return subject.kind === "unknown" ? "Unknown event types" : subject.name
}

/** Closes the panel and focuses the note, or the button, it was opened from. */
export const close = (): void => {
  const isLegend = subject.value?.kind === "legend"
  subject.value = undefined
  if (isLegend) return document.getElementById("legend-button")?.focus()
  const item = itemOf(focused.value)
  if (item) focusOn(item)
}

/** The details of the open subject, beside the wall. */
export const Panel = () => {
  const heading = useRef<HTMLHeadingElement>(null)
  const shown = subject.value
  const key = JSON.stringify(shown)
  useLayoutEffect(() => {
    heading.current?.focus()
    // The panel narrows the wall; its subject stays in view.
    const { title } = wall.value!.board
    document.title = `${shown ? `${titleOf(shown)} · ` : ""}${title}: the wall`
    if (shown) itemOf(focused.value)?.scrollIntoView({ block: "nearest", inline: "nearest" })
  }, [key])
  if (!shown) return null
  return (
    <aside
      class={`panel ${shown.kind}`}
      aria-labelledby="panel-title"
      onKeyDown={({ key }) => key === "Escape" && close()}
    >
      <div class="panel-head">
        <div>
          <p class="kind">{kindNames[shown.kind]}</p>
          <h2 id="panel-title" ref={heading} tabIndex={-1}>
            <Dated text={titleOf(shown)} />
          </h2>
        </div>
        <button type="button" class="close" aria-label="Close" onClick={close}>
          ×
        </button>
      </div>
      <div class="panel-body" key={key}>
        {contentOf(shown)}
      </div>
    </aside>
  )
}
