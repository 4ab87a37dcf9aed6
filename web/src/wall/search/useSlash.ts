import type { RefObject } from "preact"
import { useEffect } from "preact/hooks"

/** Lets the key `/` focus an input, unless another one has the focus. */
export const useSlash = (input: RefObject<HTMLInputElement | null>): void =>
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
