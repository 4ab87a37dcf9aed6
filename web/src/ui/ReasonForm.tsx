import { useEffect, useId, useRef, useState } from "preact/hooks"
import type { ActionResult } from "../api/deadLetterApi.ts"

interface Props {
  /** The name of the action: `dismiss`. */
  readonly act: string
  /** The object of the action, for screen readers: `RoomBooked at position 7`. */
  readonly of: string
  /** The consequences of the action, which cannot be undone. */
  readonly children: string
  readonly send: (reason: Reason) => Promise<ActionResult>
}

export interface Reason {
  readonly reason: string
  readonly by?: string
}

const maxLengths = { reason: 1_000, by: 128 }

/** The name last entered, kept while the page is open. */
let lastBy = ""

/** A button for an action that cannot be undone: asks for a reason and a name first. */
export const ReasonForm = ({ act, children, of, send }: Props) => {
  const id = useId()
  const [open, setOpen] = useState(false)
  const [busy, setBusy] = useState(false)
  const [error, setWrong] = useState("")
  const [reason, setReason] = useState("")
  const [by, setBy] = useState(lastBy)
  const field = useRef<HTMLTextAreaElement>(null)
  useEffect(() => {
    if (open) field.current?.focus()
  }, [open])

  if (!open) {
    return (
      <button type="button" class="small" aria-label={`${act}: ${of}`} onClick={() => setOpen(true)}>
        {act}…
      </button>
    )
  }

  const submit = async () => {
    if (busy || reason.trim() === "") return
    lastBy = by.trim()
    setBusy(true)
    const { isOk, text } = await send({ reason: reason.trim(), ...(lastBy !== "" && { by: lastBy }) })
    setBusy(false)
    if (isOk) setOpen(false)
    else setWrong(text)
  }
  const close = () => {
    setOpen(false)
    setWrong("")
  }

  return (
    <form
      class="reason-form"
      aria-label={`${act}: ${of}`}
      onSubmit={(event) => {
        event.preventDefault()
        void submit()
      }}
      onKeyDown={(event) => {
        if (event.key !== "Escape") return
        event.stopPropagation()
        close()
      }}
    >
      <p>{children}</p>
      <label for={`${id}-reason`}>Why</label>
      <textarea
        id={`${id}-reason`}
        rows={2}
        required
        maxLength={maxLengths.reason}
        value={reason}
        ref={field}
        onInput={({ currentTarget }) => setReason(currentTarget.value)}
      />
      <label for={`${id}-by`}>
        Your name <span class="muted">optional</span>
      </label>
      <input
        id={`${id}-by`}
        maxLength={maxLengths.by}
        value={by}
        onInput={({ currentTarget }) => setBy(currentTarget.value)}
      />
      {error && (
        <p class="bad" role="alert">
          {error}
        </p>
      )}
      <p class="buttons">
        <button type="submit" class="small" aria-disabled={busy}>
          {busy ? "…" : `${act} for good`}
        </button>
        <button type="button" class="small" onClick={close}>
          cancel
        </button>
      </p>
    </form>
  )
}
