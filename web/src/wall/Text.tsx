import type { Label } from "../layout/index.ts"

export const Text = ({ label, kind = "" }: { readonly label: Label; readonly kind?: string }) => (
  <text x={label.x} y={label.y} font-size={label.size} class={label.bold ? `bold ${kind}` : kind}>
    {label.text}
  </text>
)
