import { useEffect, useRef, useState } from "preact/hooks"
import type { FactsPage, Seen } from "../../../../src/layers/contract/eventSchema.ts"
import { call } from "../../api/http.ts"
import { newest } from "../state.ts"

/** What `/facts` is asked for besides the page, and which of the events that come are part of it. */
export interface Asked {
  /** `type=RoomBooked&where=room:1`; nothing: it is not known yet. */
  readonly query: string | undefined
  /** The newest position that is asked for. */
  readonly upTo?: number | undefined
  readonly isOfIt?: ((fact: Seen) => boolean) | undefined
}

/** The newest facts of a kind, then the older ones page by page; what is appended comes on top. */
export const useFacts = ({ isOfIt, query, upTo }: Asked) => {
  const [page, setPage] = useState<FactsPage>()
  const [detail, setDetail] = useState("")
  const [busy, setBusy] = useState(false)
  const asked = useRef(0)
  const ask = async (before: number | null, shown: ReadonlyArray<Seen>) => {
    const turn = ++asked.current
    setBusy(true)
    const answer = await call<FactsPage>(`/facts?limit=12&${query}${before === null ? "" : `&before=${before}`}`)
    if (turn !== asked.current) return
    setBusy(false)
    setDetail(answer.ok ? "" : answer.problem.detail)
    if (answer.ok) setPage({ ...answer.body, facts: [...shown, ...answer.body.facts] })
  }
  useEffect(() => {
    setPage(undefined)
    if (query !== undefined) void ask(upTo === undefined ? null : upTo + 1, [])
  }, [query, upTo])
  const top = page?.facts[0]?.position ?? (page ? 0 : Number.POSITIVE_INFINITY)
  const fresh = isOfIt && upTo === undefined ? newest.value.filter((fact) => fact.position > top && isOfIt(fact)) : []
  const next = page?.next
  return {
    detail,
    busy,
    facts: page && [...fresh, ...page.facts],
    /** The position behind which everything was looked through. */
    next,
    more: page && next != null ? () => void ask(next, page.facts) : undefined
  }
}
