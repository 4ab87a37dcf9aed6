import type { AutomationState } from "../../../../src/layers/contract/operationsSchema.ts"
import { Dated, Moment } from "../../ui/Dated.tsx"
import { count, plural } from "../../ui/format.ts"

interface Props {
  readonly consumer: string
  readonly state: typeof AutomationState.Type
}

/** The status of a view or automation: its consumer, position, lag, dead letters and errors. */
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
        <td>{position === null ? "unknown" : count(position)}</td>
      </tr>
      <tr>
        <th scope="row">lag</th>
        <td>{lag === null ? "unknown" : lag === 0 ? "none" : plural(lag, "event")}</td>
      </tr>
      {parked !== null && (
        <tr>
          <th scope="row">dead letters</th>
          <td class={parked > 0 ? "bad" : ""}>{count(parked)}</td>
        </tr>
      )}
      {error && (
        <tr>
          <th scope="row">{error.over ? "last error, resolved" : "error"}</th>
          <td class={error.over ? "" : "bad"}>
            <Dated text={error.message} /> ({plural(error.times, "time")}, last <Moment time={error.time} />)
          </td>
        </tr>
      )}
    </tbody>
  </table>
)
