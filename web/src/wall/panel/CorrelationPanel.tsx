import { then } from "../state.ts"
import { Facts } from "./Facts.tsx"

/** All that happened as part of one thing, newest first. */
export const CorrelationPanel = ({ id }: { readonly id: string }) => (
  <Facts
    query={`correlation=${encodeURIComponent(id)}`}
    upTo={then.value?.position}
    isOfIt={(fact) => fact.correlationid === id}
    none="Nothing has this correlation id."
  />
)
