import { deadLetters } from "../../api/deadLetterApi.ts"
import { DeadLetterList } from "../../ui/DeadLetterList.tsx"
import { subject, wall } from "../wallState.ts"

const link = (position: number, words: string) => (
  <button type="button" class="link" onClick={() => (subject.value = { kind: "event", position })}>
    {words}
  </button>
)

/** What one follower of the log could not take, if there is something. The answer to the last retry stays. */
export const ConsumerDeadLetters = ({ consumer }: { readonly consumer: string }) => {
  const own = deadLetters.value.filter(({ by }) => by === consumer)
  return (
    <section class="parked-here">
      {own.length > 0 && <h3>Parked work</h3>}
      <DeadLetterList deadLetters={own} link={link} dismissable />
    </section>
  )
}

/** All that views and automations could not take. */
export const DeadLettersPanel = () => {
  const { automations, views } = wall.value!.board
  const nameOf = (by: string) => [...automations, ...views].find(({ consumer }) => consumer === by)?.name ?? by
  return (
    <>
      <p>
        {deadLetters.value.length === 0
          ? "Nothing is parked."
          : "These facts could not be taken, however often that was tried. What comes after them in the same place waits; everything else goes on."}
      </p>
      <DeadLetterList deadLetters={deadLetters.value} link={link} nameOf={nameOf} dismissable />
    </>
  )
}
