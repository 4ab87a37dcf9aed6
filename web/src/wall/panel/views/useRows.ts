import { useEffect, useState } from "preact/hooks"
import type { Rows } from "../../../../../src/layers/contract/operationsSchema.ts"
import { fetchWithProgress } from "../../../api/fetchWithProgress.ts"
import { type Answer, call } from "../../../api/httpClient.ts"

export const pageSize = 50
const debounceMillis = 400

/** The rows now, reloaded when an event that the view reads is appended; or the rows at a position. */
export const useRows = (list: string, newest: number, at: number | undefined, query: string) => {
  const [answer, setAnswer] = useState<Answer<Rows>>()
  const [progress, setProgress] = useState<number>()
  useEffect(() => {
    const abort = new AbortController()
    const load = async () => {
      if (at === undefined)
        return call<Rows>(`${list}?limit=${pageSize}&after=${newest}${query}`, { signal: abort.signal })
      setProgress(0)
      return fetchWithProgress<Rows>(`${list}?limit=${pageSize}&at=${at}${query}`, setProgress, abort.signal)
    }
    const timer = setTimeout(
      async () => {
        const answer = await load()
        if (abort.signal.aborted || !answer) return
        setProgress(undefined)
        setAnswer(answer)
      },
      answer ? debounceMillis : 0
    )
    return () => {
      clearTimeout(timer)
      abort.abort()
    }
  }, [list, newest, at, query])
  return { answer, progress }
}
