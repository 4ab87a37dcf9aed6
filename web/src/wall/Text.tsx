import type { Label } from "../layout/index.ts"

/** Keeps the words of two lines from becoming one, for those who read the text without seeing it. */
const apart = " "

export const Text = ({ label, kind = "" }: { readonly label: Label; readonly kind?: string }) => (
  <text x={label.x} y={label.y} font-size={label.size} class={label.bold ? `bold ${kind}` : kind}>
    {label.text + apart}
  </text>
)
