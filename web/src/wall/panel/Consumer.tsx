import type { AutomationState } from "../../../../src/layers/contract/operationsSchema.ts"
import { Dated, Moment } from "../../ui/Dated.tsx"
import { count, plural } from "../../ui/format.ts"

interface Props {
  readonly consumer: string
  readonly state: typeof AutomationState.Type
}

/** How far something that follows the log has come, and what hinders it. */
export const Consumer = ({ consumer, state: { lag, position, parked, error } }: Props) => (
  <table class="fields">
    <tbody>
      <tr>
        <th scope="row">consumer</th>
        <td>
          <code>{consumer}</code>
        </td>
      </tr>
      <tr>
        <th scope="row">position</th>
        <td>{position === null ? "not known" : count(position)}</td>
      </tr>
      <tr>
        <th scope="row">behind</th>
        <td>{lag === null ? "not known" : lag === 0 ? "nothing" : plural(lag, "fact")}</td>
      </tr>
      {parked !== null && (
        <tr>
          <th scope="row">parked</th>
          <td class={parked > 0 ? "bad" : ""}>{count(parked)}</td>
        </tr>
      )}
      {error && (
        <tr>
          <th scope="row">{error.over ? "last trouble, over" : "trouble"}</th>
          <td class={error.over ? "" : "bad"}>
            <Dated text={error.message} /> ({plural(error.times, "time")}, last <Moment time={error.time} />)
          </td>
        </tr>
      )}
    </tbody>
  </table>
)
