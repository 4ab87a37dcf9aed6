import { totalsAt } from "../wallState.ts"
import { EventList } from "./EventList.tsx"

/** All that happened as part of one thing, newest first. */
export const CorrelationPanel = ({ id }: { readonly id: string }) => (
  <EventList
    query={`correlation=${encodeURIComponent(id)}`}
    upTo={totalsAt.value?.position}
    matches={(fact) => fact.correlationid === id}
    none="Nothing has this correlation id."
  />
)
