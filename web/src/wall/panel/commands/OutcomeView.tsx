import type { DryRun } from "../../../../../src/layers/contract/operationsSchema.ts"
import type { Problem } from "../../../api/httpClient.ts"
import { Dated } from "../../../ui/Dated.tsx"
import { summarize } from "../../../ui/format.ts"
import { subject } from "../../wallState.ts"

/** The outcome of a command or a dry run. */
export type Outcome =
  | { readonly is: "would"; readonly events: DryRun["facts"] }
  | { readonly is: "did"; readonly events: ReadonlyArray<{ readonly type: string; readonly position: number }> }
  | { readonly is: "refused"; readonly problem: Problem }

const DryRunResult = ({ events }: { readonly events: DryRun["facts"] }) => (
  <>
    <p>{events.length === 0 ? "There would be nothing to do." : "This would be appended:"}</p>
    {events.map(({ type, data }) => (
      <div class="postit event">
        <b>{type}</b>
        <span>
          <Dated text={summarize(data)} />
        </span>
      </div>
    ))}
  </>
)

export const OutcomeView = ({ outcome }: { readonly outcome: Outcome }) => {
  if (outcome.is === "would") return <DryRunResult events={outcome.events} />
  if (outcome.is === "did") {
    return (
      <>
        <p>{outcome.events.length === 0 ? "There was nothing to do." : "Done:"}</p>
        {outcome.events.map(({ type, position }) => (
          <button type="button" class="postit event" onClick={() => (subject.value = { kind: "recorded", position })}>
            <b>{type}</b>
            <span>at position {position}</span>
          </button>
        ))}
      </>
    )
  }
  const { title, detail, errors } = outcome.problem
  return (
    <div class="postit refusal">
      <b>{title}</b>
      <span>
        <Dated text={detail} />
      </span>
      {errors?.map(({ path, message }) => (
        <span>
          <code>{path}</code> {message}
        </span>
      ))}
    </div>
  )
}
