import type { ComponentChildren } from "preact"
import type { Slice } from "../../../src/layers/contract/blueprintSchema.ts"
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
        <Link opens={{ kind: "fact", name, column: -1 }} shown={shown}>
          {name}
        </Link>
        {`: ${howOften(name)}`}
      </li>
    ))}
  </ul>
)

/** The subject of a slice: its command or its read model. */
const subjectOf = ({ command, view }: Slice, column: number): Subject =>
  command === null ? { kind: "view", name: view!, column } : { kind: "command", name: command, column }

/** The wall as a table, a row for each column: for screen readers, and for everybody on request. */
export const Table = ({ shown }: { readonly shown: boolean }) => {
  const { board } = wall.value!
  const command = new Map(board.commands.map((command) => [command.name, command]))
  const view = new Map(board.views.map((view) => [view.name, view]))
  const automation = new Map(board.automations.map((automation) => [automation.name, automation]))
  return (
    <div
      class={shown ? "table" : "visually-hidden"}
      tabIndex={shown ? 0 : undefined}
      role="region"
      aria-label="The wall as a table"
    >
      <table>
        <caption>{board.title}: a row for each slice, in the order of the wall</caption>
        <thead>
          <tr>
            {["Slice", "Rules", "Actor and screen", "Reads", "Command or read model", "Emits"].map((title) => (
              <th scope="col">{title}</th>
            ))}
          </tr>
        </thead>
        <tbody>
          {board.slices.map((slice, column) => {
            const sliceCommand = slice.command === null ? undefined : command.get(slice.command)
            const shows = slice.view === null ? undefined : view.get(slice.view)
            const sliceAutomation = slice.automation === null ? undefined : automation.get(slice.automation)
            const rows = shows && requestedPosition.value === undefined && operations.value?.views[shows.name]?.rows
            const opens = subjectOf(slice, column)
            const where: Subject =
              sliceAutomation === undefined
                ? { kind: "screen", name: slice.screen ?? "", column }
                : { kind: "gear", name: sliceAutomation.name, column }
            return (
              <tr>
                <th scope="row">
                  <Link opens={opens} shown={shown}>
                    {slice.title}
                  </Link>
                </th>
                <td>
                  <ul>
                    {slice.rules.map(({ text, result }) => (
                      <li>
                        <Link opens={{ kind: "rule", column, rule: text }} shown={shown}>
                          {text}
                        </Link>{" "}
                        <span class="muted">({resultText(result)})</span>
                      </li>
                    ))}
                  </ul>
                </td>
                <td>
                  {slice.actor}:{" "}
                  <Link opens={where} shown={shown}>
                    {slice.screen ?? slice.automation}
                  </Link>
                </td>
                <td>
                  <EventTypes
                    names={shows?.reads ?? sliceAutomation?.when ?? sliceCommand?.reads.map(({ fact }) => fact) ?? []}
                    shown={shown}
                  />
                </td>
                <td>
                  {sliceCommand ? "Command " : "Read model "}
                  <Link opens={opens} shown={shown}>
                    {sliceCommand?.name ?? shows?.name}
                  </Link>
                  {typeof rows === "number" && `: ${plural(rows, "row")}`}
                </td>
                <td>
                  <EventTypes names={sliceCommand?.emits ?? []} shown={shown} />
                </td>
              </tr>
            )
          })}
        </tbody>
      </table>
    </div>
  )
}
