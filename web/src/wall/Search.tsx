import { useEffect, useRef } from "preact/hooks"
import { focusOn, itemOf } from "./keys.ts"
import { focused, found, searched } from "./view.ts"

/** Dims what does not say the words; Enter goes from one that does to the next. */
export const Search = () => {
  const input = useRef<HTMLInputElement>(null)
  const ids = Array.from(found.value ?? [])

  useEffect(() => {
    const slash = (event: KeyboardEvent) => {
      const { tagName } = event.target as Element
      if (event.key !== "/" || ["INPUT", "TEXTAREA", "SELECT"].includes(tagName)) return
      event.preventDefault()
      input.current?.focus()
    }
    addEventListener("keydown", slash)
    return () => removeEventListener("keydown", slash)
  }, [])

  const keys = (event: KeyboardEvent) => {
    if (event.key === "Escape") searched.value = ""
    if (event.key !== "Enter" || ids.length === 0) return
    event.preventDefault()
    const at = ids.indexOf(focused.value ?? "")
    const id = ids[(at + 1) % ids.length]!
    const item = itemOf(id)
    if (!item) return
    // The words stay in hand, so that Enter goes on.
    item.scrollIntoView({ block: "nearest", inline: "center" })
    focused.value = id
  }

  const go = () => {
    const item = itemOf(ids[0])
    if (item) focusOn(item)
  }

  return (
    <form class="search" role="search" onSubmit={(event) => event.preventDefault()}>
      <input
        ref={input}
        type="search"
        aria-label="Search the wall"
        placeholder="search  /"
        value={searched.value}
        onInput={({ currentTarget }) => (searched.value = currentTarget.value)}
        onKeyDown={keys}
      />
      <output>{found.value && (ids.length === 0 ? "none" : `${ids.length} found`)}</output>
      {ids.length > 0 && (
        <button type="button" class="small" onClick={go}>
          go
        </button>
      )}
    </form>
  )
}
