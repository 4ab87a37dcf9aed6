import { Connection } from "../../ui/Connection.tsx"
import { ago, isLasting, isLoaded, retry, status, trouble } from "./refreshed.ts"
import { wordsOfReading } from "./words.ts"

/** What keeps the page from being what it says, where that is more than a lost connection. */
const amiss = () => {
  const problem = trouble.value
  if (problem) return ["Unreachable", "Offline"].includes(problem.code) ? undefined : wordsOfReading(problem).title
  const isFresh = status.value === "lost" && ago.value === undefined
  return isFresh ? "not live, looking every 10 seconds" : undefined
}

/** Whether what is shown is so now, or as of when it was. */
export const Liveness = () => (
  <>
    <p>
      <Connection status={trouble.value ? "lost" : status.value} amiss={amiss()} />
    </p>
    {/* Not a status: nobody wants to be told every second. */}
    {ago.value !== undefined && <p class="as-of">as of {ago.value} s ago</p>}
  </>
)

/** What stands in the place of a list that was never there yet: that it is on its way, or why it is not. */
export const Waiting = ({ what }: { readonly what: string }) => {
  const problem = trouble.value
  if (!problem || isLoaded.value) return <p class="card empty loading">Loading {what}…</p>
  const { title, detail } = wordsOfReading(problem)
  return (
    <section class="card failed" aria-label={title}>
      <h2>{title}</h2>
      <p>{detail}</p>
      <p class="buttons">
        {isLasting(problem) ? (
          <button type="button" onClick={() => location.reload()}>
            Load the page again
          </button>
        ) : (
          <button type="button" onClick={retry}>
            Try now
          </button>
        )}
      </p>
    </section>
  )
}
