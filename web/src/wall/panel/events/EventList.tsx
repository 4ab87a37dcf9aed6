import type { EventView } from "../../../../../src/layers/contract/eventSchema.ts"
import { count } from "../../../ui/format.ts"
import { EventLine, ErrorMessage } from "../parts.tsx"
import { OriginalLink } from "./OriginalLink.tsx"
import { type EventQuery, useEvents } from "./useEvents.ts"

/** An event, and for a copy the link to its original. */
const EventItem = ({ event }: { readonly event: EventView }) =>
  event.copyof === undefined ? (
    <EventLine event={event} />
  ) : (
    <div class="copy-line">
      <EventLine event={event} />
      <OriginalLink copy={event} />
    </div>
  )

/** A list of events, each a link; older ones load page by page. */
export const EventList = ({ none, ...query }: EventQuery & { readonly none: string }) => {
  const { busy, detail, events, more, next } = useEvents(query)
  const isEmpty = events?.length === 0
  return (
    <>
      {detail && <ErrorMessage>{detail}</ErrorMessage>}
      {!events && busy && <p class="muted">…</p>}
      {isEmpty && <p class="muted">{next == null ? none : `None from position ${count(next)} on.`}</p>}
      <div class="lines">
        {events?.map((event) => (
          <EventItem key={event.position} event={event} />
        ))}
      </div>
      {more && (
        <button type="button" class="small" aria-disabled={busy} onClick={() => busy || more()}>
          {busy ? "…" : "older"}
        </button>
      )}
    </>
  )
}
