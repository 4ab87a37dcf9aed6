import { wall } from "../wallState.ts"
import { Chips, Section } from "./parts.tsx"

/** A screen: the read models it shows and the commands it has buttons for. */
export const ScreenPanel = ({ name, column }: { readonly name: string; readonly column: number }) => {
  const { slices } = wall.value!.board
  const { actor } = slices[column]!
  const same = slices.filter((slice) => slice.screen === name && slice.actor === actor)
  const of = (what: "command" | "view") => same.flatMap((slice) => (slice[what] === null ? [] : [slice[what]]))
  return (
    <>
      <p class="muted">A screen of {actor}.</p>
      {of("view").length > 0 && (
        <Section title="Shows">
          <Chips kind="view" names={of("view")} />
        </Section>
      )}
      {of("command").length > 0 && (
        <Section title="Has buttons for">
          <Chips kind="command" names={of("command")} />
        </Section>
      )}
    </>
  )
}
