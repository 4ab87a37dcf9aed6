import type { Box } from "../layout/index.ts"

interface Props {
  readonly box: Box
}

/** A screen, as one sketches it: a window, a form, a button. */
export const Screen = ({ box: { x, y, width, height } }: Props) => (
  <>
    <rect class="paper" x={x} y={y} width={width} height={height} rx={5} />
    <path class="sketch-line" d={`M${x} ${y + 21}h${width}`} />
    <circle class="sketch" cx={x + 11} cy={y + 10.5} r={2.2} />
    <circle class="sketch" cx={x + 19} cy={y + 10.5} r={2.2} />
    <rect class="sketch" x={x + 12} y={y + 31} width={width * 0.5} height={7} rx={2} />
    <rect class="sketch" x={x + 12} y={y + 44} width={width * 0.36} height={7} rx={2} />
    <rect class="sketch-button" x={x + width - 50} y={y + height - 22} width={38} height={12} rx={3} />
  </>
)

const teeth = Array.from({ length: 8 }, (_, n) => n * 45)

/** What works without anybody being there. */
export const Gear = ({ box: { x, y, width, height } }: Props) => (
  <>
    <rect class="paper" x={x} y={y} width={width} height={height} rx={22} />
    <g class="gear-wheel" transform={`translate(${x + 25} ${y + height / 2})`}>
      <g class="turning">
        {teeth.map((angle) => (
          <rect x={-2.4} y={-13} width={4.8} height={7} rx={1} transform={`rotate(${angle})`} />
        ))}
        <path fill-rule="evenodd" d="M0 -9.500a9.500 9.500 0 1 0 0.010 0zM0 -4a4 4 0 1 1 -0.010 0z" />
      </g>
    </g>
  </>
)
