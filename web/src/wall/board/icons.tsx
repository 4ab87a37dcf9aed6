import type { Box } from "../../layout/index.ts"

interface Props {
  readonly box: Box
}

/** A sketch of a screen: a window, a form, a button. */
export const ScreenIcon = ({ box: { x, y, width, height } }: Props) => (
  <>
    <rect class="paper" x={x} y={y} width={width} height={height} rx={5} />
    <path class="sketch-line" d={`M${x} ${y + 18}h${width}`} />
    <circle class="sketch" cx={x + 10} cy={y + 9} r={2} />
    <circle class="sketch" cx={x + 17.5} cy={y + 9} r={2} />
    <rect class="sketch" x={x + 10} y={y + 24} width={width * 0.45} height={5} rx={2} />
    <rect class="sketch" x={x + 10} y={y + 34} width={width * 0.32} height={5} rx={2} />
    <rect class="sketch-button" x={x + width - 42} y={y + height - 17} width={32} height={10} rx={3} />
  </>
)

const teeth = Array.from({ length: 8 }, (_, n) => n * 45)

/** An automation: a gear wheel. */
export const AutomationIcon = ({ box: { x, y, width, height } }: Props) => (
  <>
    <rect class="paper" x={x} y={y} width={width} height={height} rx={22} />
    <g class="gear-wheel" transform={`translate(${x + 21} ${y + height / 2})`}>
      <g class="turning">
        {teeth.map((angle) => (
          <rect x={-2.4} y={-13} width={4.8} height={7} rx={1} transform={`rotate(${angle})`} />
        ))}
        <path fill-rule="evenodd" d="M0 -9.500a9.500 9.500 0 1 0 0.010 0zM0 -4a4 4 0 1 1 -0.010 0z" />
      </g>
    </g>
  </>
)

/** A shield, beside the boundaries that a command guards: `y` is the baseline of their names. */
export const GuardIcon = ({ x, y }: { readonly x: number; readonly y: number }) => (
  <path class="shield" d={`M${x} ${y - 8.5}l4.5 -1.5l4.5 1.5v4.2q0 3.6 -4.5 5.8q-4.5 -2.2 -4.5 -5.8z`} />
)
