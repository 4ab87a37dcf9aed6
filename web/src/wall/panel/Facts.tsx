import { count } from "../../ui/format.ts"
import { FactLine, Trouble } from "./parts.tsx"
import { type Asked, useFacts } from "./useFacts.ts"

/** Events in lines that open them, with the older ones page by page. */
export const Facts = ({ none, ...asked }: Asked & { readonly none: string }) => {
  const { busy, detail, facts, more, next } = useFacts(asked)
  const isEmpty = facts?.length === 0
  return (
    <>
      {detail && <Trouble>{detail}</Trouble>}
      {!facts && busy && <p class="muted">…</p>}
      {isEmpty && <p class="muted">{next == null ? none : `None from position ${count(next)} on.`}</p>}
      <div class="lines">
        {facts?.map((fact) => (
          <FactLine key={fact.position} fact={fact} />
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
