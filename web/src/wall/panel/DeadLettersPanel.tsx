import { deadLetters } from "../../api/deadLetterApi.ts"
import { DeadLetterList } from "../../ui/DeadLetterList.tsx"
import { subject, wall } from "../wallState.ts"

const link = (position: number, words: string) => (
  <button type="button" class="link" onClick={() => (subject.value = { kind: "recorded", position })}>
    {words}
  </button>
)

/** The dead letters of one view or automation, if it has any. The result of the last retry stays. */
export const ConsumerDeadLetters = ({ consumer }: { readonly consumer: string }) => {
  const own = deadLetters.value.filter(({ by }) => by === consumer)
  return (
    <section class="parked-here">
      {own.length > 0 && <h3>Dead letters</h3>}
      <DeadLetterList deadLetters={own} link={link} dismissable />
    </section>
  )
}

/** The dead letters of all views and automations. */
export const DeadLettersPanel = () => {
  const { automations, views } = wall.value!.board
  const nameOf = (by: string) => [...automations, ...views].find(({ consumer }) => consumer === by)?.name ?? by
  return (
    <>
      <p>
        {deadLetters.value.length === 0
          ? "There are no dead letters."
          : "These events could not be processed, despite retries. Later events of the same event stream are blocked; everything else goes on."}
      </p>
      <DeadLetterList deadLetters={deadLetters.value} link={link} nameOf={nameOf} dismissable />
    </>
  )
}
