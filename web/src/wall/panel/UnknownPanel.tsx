import { Moment } from "../../ui/Dated.tsx"
import { count, plural } from "../../ui/format.ts"
import { countOf, unknownTypes, subject, totalsAt } from "../wallState.ts"

/** The event types in the log that the board does not declare. */
export const UnknownPanel = () => {
  const types = totalsAt.value ? Object.keys(totalsAt.value.unknown) : unknownTypes.value
  return (
    <>
      <p>
        The log has events of these types, but the board does not declare them: the board was changed, or another
        program writes to the log.
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
                      <button
                        type="button"
                        class="link"
                        onClick={() => (subject.value = { kind: "recorded", position })}
                      >
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
