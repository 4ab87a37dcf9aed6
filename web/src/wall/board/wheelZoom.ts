import { zoomBy } from "../view.ts"

const zoomOnWheel = (event: WheelEvent) => {
  if (!event.ctrlKey && !event.metaKey) return
  event.preventDefault()
  zoomBy(Math.exp(-event.deltaY / 400), [event.clientX, event.clientY])
}

/** Lets the wheel zoom, with the control or command key. The result removes the listener. */
export const wheelZoom = (scroller: HTMLElement): (() => void) => {
  // Not passive, since it prevents the zoom of the whole page.
  scroller.addEventListener("wheel", zoomOnWheel, { passive: false })
  return () => scroller.removeEventListener("wheel", zoomOnWheel)
}
