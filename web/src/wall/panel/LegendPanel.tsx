import type { ComponentChildren } from "preact"
import type { Kind, Relation } from "../../layout/index.ts"
import { ArrowShape } from "../board/Arrows.tsx"
import { GuardIcon } from "../board/icons.tsx"
import { Section } from "./parts.tsx"

const [width, height] = [72, 24]

/** A picture of the wall, with its meaning. */
const Entry = ({
  picture,
  children
}: {
  readonly picture: ComponentChildren
  readonly children: ComponentChildren
}) => (
  <li>
    <svg class="sample" width={width} height={height} viewBox={`0 0 ${width} ${height}`} aria-hidden="true">
      {picture}
    </svg>
    <p>{children}</p>
  </li>
)

const Paper = ({ kind }: { readonly kind: Kind | "card" }) => (
  <g class={kind}>
    <rect class="paper" x={8} y={3} width={width - 16} height={height - 6} rx={kind === "automation" ? 9 : 2} />
  </g>
)

const Arrow = ({ relation }: { readonly relation: Relation }) => (
  <g class={`arrow ${relation}`}>
    <ArrowShape
      relation={relation}
      path={`M4 ${height / 2}H${width - 4}`}
      points={[
        [4, height / 2],
        [width - 4, height / 2]
      ]}
    />
  </g>
)

const notes: ReadonlyArray<readonly [kind: Kind | "card", name: string, meaning: string]> = [
  ["card", "Rules", "what the slice promises; each has a test"],
  ["screen", "Screen", "where a person sends a command or reads"],
  ["automation", "Automation", "sends commands or messages by itself"],
  ["command", "Command", "a request, decided on events"],
  ["event", "Event", "what happened, in its lane"],
  ["view", "Read model", "rows, made from events"],
  ["message", "Message", "sent to another system"]
]

const arrows: ReadonlyArray<readonly [relation: Relation, name: string, meaning: string]> = [
  ["emits", "Solid", "leads to: a command to its events, events to read models and automations"],
  [
    "checks",
    "Dashed, with a bar",
    "the command checks: these events must not change until its own are stored, in other boundaries"
  ],
  ["trusts", "Dotted, with a hollow head", "the command trusts: what it reads may be a second old"]
]

/** What the notes, arrows and marks of the wall mean. */
export const LegendPanel = () => (
  // Focusable, so that the keyboard can scroll it.
  <div tabIndex={0} role="region" aria-label="Legend">
    <Section title="Notes">
      <ul class="legend">
        {notes.map(([kind, name, meaning]) => (
          <Entry key={kind} picture={<Paper kind={kind} />}>
            <b>{name}</b>: {meaning}
          </Entry>
        ))}
      </ul>
    </Section>
    <Section title="Arrows">
      <ul class="legend">
        {arrows.map(([relation, name, meaning]) => (
          <Entry key={relation} picture={<Arrow relation={relation} />}>
            <b>{name}</b>: {meaning}
          </Entry>
        ))}
      </ul>
    </Section>
    <Section title="Boundaries">
      <ul class="legend">
        <Entry
          picture={
            <g class="command">
              <Paper kind="command" />
              <GuardIcon x={width / 2 - 4.5} y={height / 2 + 4} />
            </g>
          }
        >
          <b>Shield</b>: the boundaries that the command guards. Nothing may be added there between its decision and its
          events, which belong there.
        </Entry>
        <Entry
          picture={
            <text x={width / 2} y={height / 2 + 4} text-anchor="middle" font-size={11}>
              also …
            </text>
          }
        >
          <b>also</b>, at a lane: further boundaries in which its events are found
        </Entry>
      </ul>
    </Section>
  </div>
)
