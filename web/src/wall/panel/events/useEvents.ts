import { useEffect, useRef, useState } from "preact/hooks"
import type { EventPage, EventView } from "../../../../../src/layers/contract/eventSchema.ts"
import { call } from "../../../api/httpClient.ts"
import { newest } from "../../wallState.ts"

/** A query of `/facts` without its page, and a predicate for newly received events. */
export interface EventQuery {
  /** `type=RoomBooked&where=room:1`; undefined while not known yet. */
  readonly query: string | undefined
  /** The newest position that is requested. */
  readonly upTo?: number | undefined
  readonly matches?: ((event: EventView) => boolean) | undefined
}

/** The newest events of a query, then older ones page by page; appended events come on top. */
export const useEvents = ({ matches, query, upTo }: EventQuery) => {
  const [page, setPage] = useState<EventPage>()
  const [detail, setDetail] = useState("")
  const [busy, setBusy] = useState(false)
  const requestId = useRef(0)
  const load = async (before: number | null, shown: ReadonlyArray<EventView>) => {
    const turn = ++requestId.current
    setBusy(true)
    const answer = await call<EventPage>(`/facts?limit=12&${query}${before === null ? "" : `&before=${before}`}`)
    if (turn !== requestId.current) return
    setBusy(false)
    setDetail(answer.ok ? "" : answer.problem.detail)
    if (answer.ok) setPage({ ...answer.body, facts: [...shown, ...answer.body.facts] })
  }
  useEffect(() => {
    setPage(undefined)
    if (query !== undefined) void load(upTo === undefined ? null : upTo + 1, [])
  }, [query, upTo])
  const top = page?.facts[0]?.position ?? (page ? 0 : Number.POSITIVE_INFINITY)
  const fresh =
    matches && upTo === undefined ? newest.value.filter((event) => event.position > top && matches(event)) : []
  const next = page?.next
  return {
    detail,
    busy,
    events: page && [...fresh, ...page.facts],
    /** The position down to which the log was searched. */
    next,
    more: page && next != null ? () => void load(next, page.facts) : undefined
  }
}
