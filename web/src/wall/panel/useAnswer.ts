import { useEffect, useState } from "preact/hooks"
import { type Answer, call } from "../../api/httpClient.ts"

/** The answer at a path, requested again when the path or `reloadKey` changes; the last answer stays until then. */
export const useAnswer = <A>(path: string, reloadKey: unknown = 0): Answer<A> | undefined => {
  const [answer, setAnswer] = useState<Answer<A>>()
  useEffect(() => {
    const abort = new AbortController()
    void call<A>(path, { signal: abort.signal }).then((answer) => {
      if (!abort.signal.aborted) setAnswer(answer)
    })
    return () => abort.abort()
  }, [path, reloadKey])
  return answer
}
