import type { ComponentChildren } from "preact"
import type { Command, Slice } from "../../../src/layers/contract/blueprintSchema.ts"
import { plural } from "../ui/format.ts"
import { resultText } from "./board/Cards.tsx"
import { hrefOf } from "./wallHistory.ts"
import { countOf, loaded, operations, type Subject, totalsAt, wall, requestedPosition } from "./wallState.ts"

/** A link that the tab key skips while the table is visible to screen readers only. */
const Link = ({
  opens,
  shown,
  children
}: {
  readonly opens: Subject
  readonly shown: boolean
  readonly children: ComponentChildren
}) => (
  <a href={hrefOf({ subject: opens })} tabIndex={shown ? undefined : -1}>
    {children}
  </a>
)

const howOften = (name: string): string => {
  const { count } = countOf(name)
  if (!loaded.value) return "loading"
  if (count > 0) return plural(count, "time")
  return totalsAt.value ? "not yet" : "never seen"
}

const EventTypes = ({ names, shown }: { readonly names: ReadonlyArray<string>; readonly shown: boolean }) => (
  <ul>
    {names.map((name) => (
      <li>
        <Link opens={{ kind: "event", name, column: -1 }} shown={shown}>
          {name}
        </Link>
        {`: ${howOften(name)}`}
      </li>
    ))}
  </ul>
)

const Messages = ({ names, shown }: { readonly names: ReadonlyArray<string>; readonly shown: boolean }) => (
  <ul>
    {names.map((name) => (
      <li>
        {"Message "}
        <Link opens={{ kind: "message", name, column: -1 }} shown={shown}>
          {name}
        </Link>
      </li>
    ))}
  </ul>
)

const uses = { guarded: "Guards", checked: "Checks", trusted: "Trusts" } as const

/** The boundaries that a command reads, by what it reads them for. */
const Boundaries = ({ reads }: Pick<Command, "reads">) => (
  <>
    {Object.entries(uses).map(([use, verb]) => {
      const names = new Set(reads.filter((read) => read.use === use).map(({ boundary }) => boundary))
      return names.size > 0 && <p key={use} class="muted">{`${verb} ${[...names].join(", ")}`}</p>
    })}
  </>
)

/** The subject of a slice: its command, its read model, or the automation that sends its messages. */
const subjectOf = ({ automation, command, view }: Slice, column: number): Subject => {
  if (command !== null) return { kind: "command", name: command, column }
  return view === null ? { kind: "automation", name: automation!, column } : { kind: "view", name: view, column }
}

/** What sends the command or shows the read model of a slice: an automation or a screen. */
const senderOf = ({ automation, screen }: Slice, column: number): Subject =>
  automation === null
    ? { kind: "screen", name: screen ?? "", column }
    : { kind: "automation", name: automation, column }

const Rules = ({
  rules,
  column,
  shown
}: Pick<Slice, "rules"> & { readonly column: number; readonly shown: boolean }) => (
  <ul>
    {rules.map(({ text, result }) => (
      <li>
        <Link opens={{ kind: "rule", column, rule: text }} shown={shown}>
          {text}
        </Link>{" "}
        <span class="muted">({resultText(result)})</span>
      </li>
    ))}
  </ul>
)

const SliceRow = ({
  slice,
  column,
  shown
}: {
  readonly slice: Slice
  readonly column: number
  readonly shown: boolean
}) => {
  const { automations, commands, views } = wall.value!.board
  const command = commands.find(({ name }) => name === slice.command)
  const view = views.find(({ name }) => name === slice.view)
  const automation = automations.find(({ name }) => name === slice.automation)
  const reads = view?.reads ?? automation?.when ?? [...new Set(command?.reads.flatMap(({ facts }) => facts))]
  const rowCount = view && requestedPosition.value === undefined && operations.value?.views[view.name]?.rows
  const subject = subjectOf(slice, column)
  return (
    <tr>
      <th scope="row">
        <Link opens={subject} shown={shown}>
          {slice.title}
        </Link>
      </th>
      <td>
        <Rules rules={slice.rules} column={column} shown={shown} />
      </td>
      <td>
        {slice.actor}:{" "}
        <Link opens={senderOf(slice, column)} shown={shown}>
          {slice.screen ?? slice.automation}
        </Link>
      </td>
      <td>
        <EventTypes names={reads} shown={shown} />
        {command && <Boundaries reads={command.reads} />}
      </td>
      <td>
        {command || view ? (
          <>
            {command ? "Command " : "Read model "}
            <Link opens={subject} shown={shown}>
              {command?.name ?? view?.name}
            </Link>
          </>
        ) : (
          <Messages names={automation?.sends ?? []} shown={shown} />
        )}
        {typeof rowCount === "number" && `: ${plural(rowCount, "row")}`}
      </td>
      <td>
        <EventTypes names={command?.emits ?? []} shown={shown} />
      </td>
    </tr>
  )
}

const columnTitles = ["Slice", "Rules", "Actor and screen", "Reads", "Command, read model or messages", "Emits"]

/** The wall as a table, a row for each column: for screen readers, and for everybody on request. */
export const Table = ({ shown }: { readonly shown: boolean }) => {
  const { slices, title } = wall.value!.board
  return (
    <div
      class={shown ? "table" : "visually-hidden"}
      tabIndex={shown ? 0 : undefined}
      role="region"
      aria-label="The wall as a table"
    >
      <table>
        <caption>{title}: a row for each slice, in the order of the wall</caption>
        <thead>
          <tr>
            {columnTitles.map((title) => (
              <th scope="col">{title}</th>
            ))}
          </tr>
        </thead>
        <tbody>
          {slices.map((slice, column) => (
            <SliceRow slice={slice} column={column} shown={shown} />
          ))}
        </tbody>
      </table>
    </div>
  )
}
