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

/** The state of the form. It outlives the form, so that a reason is not typed twice. */
const useReason = (send: Props["send"]) => {
  const [isOpen, setOpen] = useState(false)
  const [busy, setBusy] = useState(false)
  const [error, setError] = useState("")
  const [reason, setReason] = useState("")
  const [by, setBy] = useState(lastBy)

  const submit = async () => {
    if (busy || reason.trim() === "") return
    lastBy = by.trim()
    setBusy(true)
    const { isOk, text } = await send({ reason: reason.trim(), ...(lastBy !== "" && { by: lastBy }) })
    setBusy(false)
    if (isOk) setOpen(false)
    else setError(text)
  }
  const close = () => {
    setOpen(false)
    setError("")
  }
  return { isOpen, open: () => setOpen(true), close, submit, busy, error, reason, setReason, by, setBy }
}

type State = ReturnType<typeof useReason>

/** The inputs; the first gets the focus when they appear. */
const Inputs = ({ reason, setReason, by, setBy }: Pick<State, "reason" | "setReason" | "by" | "setBy">) => {
  const id = useId()
  const first = useRef<HTMLTextAreaElement>(null)
  useEffect(() => first.current!.focus(), [])
  return (
    <>
      <label for={`${id}-reason`}>Why</label>
      <textarea
        id={`${id}-reason`}
        rows={2}
        required
        maxLength={maxLengths.reason}
        value={reason}
        ref={first}
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
    </>
  )
}

/** A button for an action that cannot be undone: asks for a reason and a name first. */
export const ReasonForm = ({ act, children, of, send }: Props) => {
  const { isOpen, open, close, submit, busy, error, ...inputs } = useReason(send)
  const label = `${act}: ${of}`
  if (!isOpen) {
    return (
      <button type="button" class="small" aria-label={label} onClick={open}>
        {act}…
      </button>
    )
  }
  return (
    <form
      class="reason-form"
      aria-label={label}
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
      <Inputs {...inputs} />
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
