/** Pixels that the mouse moves before a press becomes a drag instead of a click. */
const threshold = 4

/**
 * Lets the mouse drag the content of a scroller; touch screens scroll by themselves. A drag that ends on an item does not
 * open it. The result removes the listeners.
 */
export const pannable = (scroller: HTMLElement): (() => void) => {
  const ending = new AbortController()
  const { signal } = ending

  const press = (down: PointerEvent) => {
    if (down.button !== 0 || down.pointerType === "touch") return
    const { scrollLeft, scrollTop } = scroller
    const drag = new AbortController()
    const over = AbortSignal.any([signal, drag.signal])
    const isDragged = () => scroller.classList.contains("panning")

    const move = ({ clientX, clientY, buttons }: PointerEvent) => {
      if (buttons === 0) return release()
      const [dx, dy] = [clientX - down.clientX, clientY - down.clientY]
      if (!isDragged()) {
        if (Math.hypot(dx, dy) < threshold) return
        scroller.classList.add("panning")
        scroller.setPointerCapture(down.pointerId)
      }
      scroller.scrollLeft = scrollLeft - dx
      scroller.scrollTop = scrollTop - dy
    }
    const release = () => {
      drag.abort()
      if (!isDragged()) return
      scroller.classList.remove("panning")
      const swallow = (click: Event) => click.stopPropagation()
      scroller.addEventListener("click", swallow, { capture: true, once: true })
      // A drag that ends outside produces no click, so the listener is removed anyway.
      setTimeout(() => scroller.removeEventListener("click", swallow, { capture: true }))
    }
    scroller.addEventListener("pointermove", move, { signal: over })
    for (const end of ["pointerup", "pointercancel"] as const) addEventListener(end, release, { signal: over })
  }
  scroller.addEventListener("pointerdown", press, { signal })
  return () => ending.abort()
}
