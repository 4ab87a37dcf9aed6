import { Moment } from "../../ui/Dated.tsx"
import { count, plural } from "../../ui/format.ts"
import { countOf, unknownTypes, subject, totalsAt } from "../wallState.ts"

/** What stands in the log although no post-it says so. */
export const UnknownPanel = () => {
  const types = totalsAt.value ? Object.keys(totalsAt.value.unknown) : unknownTypes.value
  return (
    <>
      <p>
        These types stand in the log, but nothing on the board knows them: it was changed, or somebody else writes here.
      </p>
      <table class="fields">
        <tbody>
          {types.map((type) => {
            const { count: times, position, time } = countOf(type)
            return (
              <tr>
                <th scope="row">{type}</th>
                <td>
                  {plural(times, "time")}
                  {time && (
                    <>
                      {", last "}
                      <Moment time={time} />
                      {" at "}
                      <button type="button" class="link" onClick={() => (subject.value = { kind: "event", position })}>
                        position {count(position)}
                      </button>
                    </>
                  )}
                </td>
              </tr>
            )
          })}
        </tbody>
      </table>
    </>
  )
}
