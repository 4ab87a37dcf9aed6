import type { TestResult } from "../../../../src/layers/contract/scenarioSchema.ts"
import type { RuleCard } from "../../layout/index.ts"
import { ruleId } from "../view.ts"
import { wall } from "../wallState.ts"
import { Item } from "./Item.tsx"
import { Text } from "./Text.tsx"

export const resultText = (result: TestResult): string => (result === null ? "not tested" : `tests ${result}`)

/** The test result of a rule: green or red; an empty ring if no test has run. */
export const Mark = ({ result, x, y }: { readonly result: TestResult; readonly x: number; readonly y: number }) => (
  <g class={`mark ${result ?? "untested"}`} transform={`translate(${x} ${y})`}>
    <circle r={5.5} />
    {result === "passed" && <path d="M-2.600 0.200L-0.800 2L2.600 -1.800" />}
    {result === "failed" && <path d="M-2 -2L2 2M-2 2L2 -2" />}
  </g>
)

const Card = ({ card }: { readonly card: RuleCard }) => {
  const slice = wall.value!.board.slices[card.column]!
  return (
    <g class="card">
      <path
        class="shade"
        d={`M${card.x + 3} ${card.y + card.height}h${card.width - 6}v3q${6 - card.width} 2 ${6 - card.width} 0z`}
      />
      <rect class="paper" x={card.x} y={card.y} width={card.width} height={card.height} rx={2} />
      <g role="heading" aria-level={2} aria-label={slice.title}>
        {card.title.map((label) => (
          <Text label={label} />
        ))}
      </g>
      {card.rules.map(({ rule, lines, x, y, width, height }, n) => {
        const result = slice.rules[n]?.result ?? null
        return (
          <Item
            id={ruleId(card.column, rule)}
            kind="rule"
            label={`${rule}: ${resultText(result)}. Rule of ${slice.title}`}
            opens={{ kind: "rule", column: card.column, rule }}
          >
            <rect class="hit" x={x} y={y} width={width} height={height} rx={3} />
            <Mark result={result} x={x + 9} y={(lines[0]?.y ?? y) - 4} />
            {lines.map((label) => (
              <Text label={label} />
            ))}
          </Item>
        )
      })}
    </g>
  )
}

/** The yellow cards: the rules of each column. */
export const Cards = () => (
  <g>
    {wall.value!.layout.cards.map((card) => (
      <Card key={card.column} card={card} />
    ))}
  </g>
)
