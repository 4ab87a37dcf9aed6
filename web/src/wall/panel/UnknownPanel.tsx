import { plural, when } from "../../ui/format.ts"
import { countOf, strangers, then } from "../state.ts"

/** What stands in the log although no post-it says so. */
export const UnknownPanel = () => {
  const types = then.value ? Object.keys(then.value.unknown) : strangers.value
  return (
    <>
      <p>
        These types stand in the log, but nothing on the board knows them: it was changed, or somebody else writes here.
      </p>
      <table class="fields">
        <tbody>
          {types.map((type) => {
            const { count, time } = countOf(type)
            return (
              <tr>
                <th scope="row">{type}</th>
                <td>
                  {plural(count, "time")}
                  {time && `, last ${when(time)}`}
                </td>
              </tr>
            )
          })}
        </tbody>
      </table>
    </>
  )
}
