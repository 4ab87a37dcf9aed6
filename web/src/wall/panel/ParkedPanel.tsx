import { parked } from "../../api/parked.ts"
import { ParkedWork } from "../../ui/ParkedWork.tsx"
import { subject, wall } from "../state.ts"

const link = (position: number, words: string) => (
  <button type="button" class="link" onClick={() => (subject.value = { kind: "event", position })}>
    {words}
  </button>
)

/** What one follower of the log could not take, if there is something. The answer to the last retry stays. */
export const ParkedHere = ({ consumer }: { readonly consumer: string }) => {
  const here = parked.value.filter(({ by }) => by === consumer)
  return (
    <section class="parked-here">
      {here.length > 0 && <h3>Parked work</h3>}
      <ParkedWork parked={here} link={link} dismissable />
    </section>
  )
}

/** All that views and automations could not take. */
export const ParkedPanel = () => {
  const { automations, views } = wall.value!.board
  const who = (by: string) => [...automations, ...views].find(({ consumer }) => consumer === by)?.name ?? by
  return (
    <>
      <p>
        {parked.value.length === 0
          ? "Nothing is parked."
          : "These facts could not be taken, however often that was tried. What comes after them in the same place waits; everything else goes on."}
      </p>
      <ParkedWork parked={parked.value} link={link} who={who} dismissable />
    </>
  )
}
