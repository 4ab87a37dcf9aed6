import { Connection } from "../../ui/Connection.tsx"
import { secondsAgo, isPermanent, isLoaded, retry, status, loadProblem } from "./liveQuery.ts"
import { readProblemText } from "./problemText.ts"

/** Why the page is not live, if the reason is more than a lost connection. */
const statusIssue = () => {
  const problem = loadProblem.value
  if (problem) return ["Unreachable", "Offline"].includes(problem.code) ? undefined : readProblemText(problem).title
  const isFresh = status.value === "lost" && secondsAgo.value === undefined
  return isFresh ? "not live, checking every 10 seconds" : undefined
}

/** Whether the page is live, or how old its content is. */
export const Liveness = () => (
  <>
    <p>
      <Connection status={loadProblem.value ? "lost" : status.value} issue={statusIssue()} />
    </p>
    {/* Not a status: a screen reader would announce it every second. */}
    {secondsAgo.value !== undefined && <p class="as-of">as of {secondsAgo.value} s ago</p>}
  </>
)

/** The placeholder of a list that was never loaded: that it is loading, or why it could not be loaded. */
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
