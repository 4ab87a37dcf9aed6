import { plural } from "../ui/format.ts"
import { spoken } from "./Cards.tsx"
import { countOf, operations, then, wall } from "./state.ts"

const facts = (names: ReadonlyArray<string>) =>
  names.map((name) => {
    const { count } = countOf(name)
    return <li>{`${name}: ${count === 0 ? (then.value ? "not yet" : "never seen") : plural(count, "time")}`}</li>
  })

/** The wall for those who do not see it, or would rather read it: a row for each column. */
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
            {["Slice", "Rules", "Who, and where", "Comes in", "What", "Goes out"].map((title) => (
              <th scope="col">{title}</th>
            ))}
          </tr>
        </thead>
        <tbody>
          {board.slices.map((slice) => {
            const asked = slice.command === null ? undefined : command.get(slice.command)
            const shows = slice.view === null ? undefined : view.get(slice.view)
            const gear = slice.automation === null ? undefined : automation.get(slice.automation)
            const rows = shows && operations.value?.views[shows.name]?.rows
            return (
              <tr>
                <th scope="row">{slice.title}</th>
                <td>
                  <ul>
                    {slice.rules.map(({ text, result }) => (
                      <li>
                        {text} <span class="muted">({spoken(result)})</span>
                      </li>
                    ))}
                  </ul>
                </td>
                <td>
                  {slice.actor}: {slice.screen ?? slice.automation}
                </td>
                <td>
                  <ul>{facts(shows?.reads ?? gear?.when ?? asked?.reads.map(({ fact }) => fact) ?? [])}</ul>
                </td>
                <td>
                  {asked ? `Command ${asked.name}` : `Read model ${shows?.name}`}
                  {typeof rows === "number" && `: ${plural(rows, "row")}`}
                </td>
                <td>
                  <ul>{facts(asked?.emits ?? [])}</ul>
                </td>
              </tr>
            )
          })}
        </tbody>
      </table>
    </div>
  )
}
