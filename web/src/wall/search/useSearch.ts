import { useEffect, useRef, useState } from "preact/hooks"
import type { Search } from "../../../../src/layers/contract/searchSchema.ts"
import { type Answer, call } from "../../api/httpClient.ts"

/** The search starts when the text has not changed for this time. */
const debounceMillis = 250

const maxQueryLength = 256

export interface SearchState {
  readonly text: string
  readonly answer?: Answer<Search> | undefined
  /** Older events are being searched. */
  readonly isLoadingOlder: boolean
  readonly older?: (() => void) | undefined
}

/** The server's results for a text, requested after a pause in typing. An answer to an older text is never shown. */
export const useSearch = (typed: string): SearchState => {
  const text = typed.trim().slice(0, maxQueryLength)
  const [found, setFound] = useState<{ readonly text: string; readonly answer: Answer<Search> }>()
  const [isLoadingOlder, setGoesOn] = useState(false)
  const abort = useRef<AbortController>(new AbortController())

  useEffect(() => {
    setGoesOn(false)
    if (text === "") return
    const controller = new AbortController()
    abort.current = controller
    const timer = setTimeout(async () => {
      const answer = await call<Search>(`/search?q=${encodeURIComponent(text)}`, { signal: controller.signal })
      if (!controller.signal.aborted) setFound({ text, answer })
    }, debounceMillis)
    return () => {
      clearTimeout(timer)
      controller.abort()
    }
  }, [text])

  const answer = found?.text === text ? found.answer : undefined
  const next = answer?.ok ? answer.body.next : null

  const older = async () => {
    if (!answer?.ok || next === null || isLoadingOlder) return
    const { signal } = abort.current
    setGoesOn(true)
    const more = await call<Search>(`/search?q=${encodeURIComponent(text)}&before=${next}`, { signal })
    if (signal.aborted) return
    setGoesOn(false)
    const body = more.ok && {
      ...answer.body,
      events: [...answer.body.events, ...more.body.events],
      next: more.body.next
    }
    setFound({ text, answer: body ? { ok: true, body } : more })
  }

  return { text, answer, isLoadingOlder, older: next === null ? undefined : () => void older() }
}
