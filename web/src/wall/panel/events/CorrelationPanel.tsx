import { totalsAt } from "../../wallState.ts"
import { EventList } from "./EventList.tsx"

/** All events with one correlation id, newest first. */
export const CorrelationPanel = ({ id }: { readonly id: string }) => (
  <EventList
    query={`correlation=${encodeURIComponent(id)}`}
    upTo={totalsAt.value?.position}
    matches={(event) => event.correlationid === id}
    none="No event has this correlation id."
  />
)
