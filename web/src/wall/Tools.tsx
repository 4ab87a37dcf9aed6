import { isTable, fit, zoom, zoomBy } from "./view.ts"
import { subject } from "./wallState.ts"

const step = 1.2

const isLegend = () => subject.value?.kind === "legend"
const toggleLegend = () => (subject.value = isLegend() ? undefined : { kind: "legend" })

export const Tools = () => (
  <div class="tools" role="group" aria-label="How the wall is shown">
    <button type="button" aria-pressed={isTable.value} onClick={() => (isTable.value = !isTable.value)}>
      table
    </button>
    <button type="button" id="legend-button" aria-pressed={isLegend()} onClick={toggleLegend}>
      legend
    </button>
    <button type="button" disabled={isTable.value} onClick={() => fit(false)}>
      fit
    </button>
    <button type="button" disabled={isTable.value} aria-label="Smaller" onClick={() => zoomBy(1 / step)}>
      −
    </button>
    <span class="percent" aria-live="off">
      {Math.round(zoom.value * 100)}%
    </span>
    <button type="button" disabled={isTable.value} aria-label="Larger" onClick={() => zoomBy(step)}>
      +
    </button>
  </div>
)
