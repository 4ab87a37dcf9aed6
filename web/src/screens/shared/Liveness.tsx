import { Connection } from "../../ui/Connection.tsx"
import { secondsAgo, isPermanent, isLoaded, retry, status, loadProblem } from "./liveQuery.ts"
import { readProblemText } from "./problemText.ts"

/** What keeps the page from being what it says, where that is more than a lost connection. */
const statusIssue = () => {
  const problem = loadProblem.value
  if (problem) return ["Unreachable", "Offline"].includes(problem.code) ? undefined : readProblemText(problem).title
  const isFresh = status.value === "lost" && secondsAgo.value === undefined
  return isFresh ? "not live, looking every 10 seconds" : undefined
}

/** Whether what is shown is so now, or as of when it was. */
export const Liveness = () => (
  <>
    <p>
      <Connection status={loadProblem.value ? "lost" : status.value} issue={statusIssue()} />
    </p>
    {/* Not a status: nobody wants to be told every second. */}
    {secondsAgo.value !== undefined && <p class="as-of">as of {secondsAgo.value} s ago</p>}
  </>
)

/** What stands in the place of a list that was never there yet: that it is on its way, or why it is not. */
export const Loading = ({ what }: { readonly what: string }) => {
  const problem = loadProblem.value
  if (!problem || isLoaded.value) return <p class="card empty loading">Loading {what}…</p>
  const { title, detail } = readProblemText(problem)
  return (
    <section class="card failed" aria-label={title}>
      <h2>{title}</h2>
      <p>{detail}</p>
      <p class="buttons">
        {isPermanent(problem) ? (
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
