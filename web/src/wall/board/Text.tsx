import type { Label } from "../../layout/index.ts"

/** Separates the words of two lines for screen readers. */
const separator = " "

export const Text = ({ label, kind = "" }: { readonly label: Label; readonly kind?: string }) => (
  <text x={label.x} y={label.y} font-size={label.size} class={label.bold ? `bold ${kind}` : kind}>
    {label.text + separator}
  </text>
)
