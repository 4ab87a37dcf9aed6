import { type Answer, maxBusyRetries, waitBeforeRetry, type Problem } from "./httpClient.ts"

/** Called with the server's progress, from 0 to 1. */
export type OnProgress = (share: number) => void

/** Requests a result that the server rebuilds from the log, with progress. Resolves to undefined if aborted. */
export const fetchWithProgress = async <A>(
  path: string,
  onProgress: OnProgress,
  signal: AbortSignal,
  retries = maxBusyRetries
): Promise<Answer<A> | undefined> => {
  const answer = await fetchOnce<A>(path, onProgress, signal)
  if (!answer || answer.ok || answer.problem.code !== "TooBusy" || retries === 0) return answer
  await waitBeforeRetry(0)
  return signal.aborted ? undefined : fetchWithProgress(path, onProgress, signal, retries - 1)
}

const fetchOnce = <A>(path: string, onProgress: OnProgress, signal: AbortSignal): Promise<Answer<A> | undefined> =>
  new Promise((resolve) => {
    const source = new EventSource(path)
    const end = (answer?: Answer<A>) => {
      source.close()
      resolve(answer)
    }
    signal.addEventListener("abort", () => end())
    const read = <B>(event: MessageEvent<string>) => JSON.parse(event.data) as B
    source.addEventListener("progress", (event) => {
      const { done, of } = read<{ readonly done: number; readonly of: number }>(event)
      onProgress(of === 0 ? 1 : done / of)
    })
    source.addEventListener("result", (event) => end({ ok: true, body: read<A>(event) }))
    source.addEventListener("problem", (event) => end({ ok: false, problem: read<Problem>(event) }))
    source.addEventListener("error", () => {
      const detail = "The log could not be read up to there. Try again."
      end({ ok: false, problem: { status: 0, code: "Unreachable", title: "No answer", detail } })
    })
  })
