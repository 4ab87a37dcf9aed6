import { useEffect, useId, useRef, useState } from "preact/hooks"
import type { ActionResult } from "../api/deadLetterApi.ts"

interface Props {
  /** What is done, in a word: `dismiss`. */
  readonly act: string
  /** What it is done to, for those who hear it: `RoomBooked at position 7`. */
  readonly of: string
  /** What that comes to; it cannot be taken back. */
  readonly children: string
  readonly send: (reason: Reason) => Promise<ActionResult>
}

export interface Reason {
  readonly reason: string
  readonly by?: string
}

const maxLengths = { reason: 1_000, by: 128 }

/** Who asks is remembered for as long as the page is open. */
let lastBy = ""

/** A button for something that cannot be taken back: asks why, and who, before it is done. */
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
