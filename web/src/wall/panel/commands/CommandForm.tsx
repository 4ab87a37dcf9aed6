import { useState } from "preact/hooks"
import type { Command } from "../../../../../src/layers/contract/blueprintSchema.ts"
import type { DryRun } from "../../../../../src/layers/contract/operationsSchema.ts"
import { command as sendCommand, dryRun as sendDryRun, isPending, unknownOutcome } from "../../../api/command.ts"
import type { Problem } from "../../../api/httpClient.ts"
import { Dated } from "../../../ui/Dated.tsx"
import { summarize } from "../../../ui/format.ts"
import { count } from "../../../ui/format.ts"
import { showPosition } from "../../timeTravel.ts"
import { subject, requestedPosition } from "../../wallState.ts"
import { type Field, fieldsOf, type JsonSchema } from "../schema.ts"
import { Input } from "./Input.tsx"

type Outcome =
  | { readonly is: "would"; readonly facts: DryRun["facts"] }
  | { readonly is: "did"; readonly facts: ReadonlyArray<{ readonly type: string; readonly position: number }> }
  | { readonly is: "refused"; readonly problem: Problem }

const valueAt = (data: unknown, path: ReadonlyArray<string>): unknown =>
  path.reduce<unknown>((value, name) => (value as Record<string, unknown> | undefined)?.[name], data)

const buildInput = (fields: ReadonlyArray<Field>, values: ReadonlyMap<string, unknown>) => {
  const data: Record<string, any> = {}
  for (const { path } of fields) {
    const value = values.get(path.join("."))
    if (value === undefined || value === "") continue
    let at = data
    for (const name of path.slice(0, -1)) at = at[name] ??= {}
    at[path.at(-1)!] = value
  }
  return data
}

const DryRunResult = ({ events }: { readonly events: DryRun["facts"] }) => (
  <>
    <p>{events.length === 0 ? "There would be nothing to do." : "This would be appended:"}</p>
    {events.map(({ type, data }) => (
      <div class="postit fact">
        <b>{type}</b>
        <span>
          <Dated text={summarize(data)} />
        </span>
      </div>
    ))}
  </>
)

const OutcomeView = ({ outcome }: { readonly outcome: Outcome }) => {
  if (outcome.is === "would") return <DryRunResult events={outcome.facts} />
  if (outcome.is === "did") {
    return (
      <>
        <p>{outcome.facts.length === 0 ? "There was nothing to do." : "Done:"}</p>
        {outcome.facts.map(({ type, position }) => (
          <button type="button" class="postit fact" onClick={() => (subject.value = { kind: "event", position })}>
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

/** The form of a command's endpoint: a dry run, or the command itself. */
export const CommandForm = ({ command, path }: { readonly command: Command; readonly path: string }) => {
  const schema = command.schema as JsonSchema
  const fields = fieldsOf(schema)
  const [values, setValues] = useState<ReadonlyMap<string, unknown>>(
    () => new Map(fields.map(({ path }) => [path.join("."), valueAt(command.example, path)]))
  )
  const [outcome, setOutcome] = useState<Outcome>()
  const [busy, setBusy] = useState(false)
  const at = requestedPosition.value

  const send = async (dryRun: boolean) => {
    setBusy(true)
    const data = buildInput(fields, values)
    const answer = dryRun ? await sendDryRun<DryRun>(path, data) : await sendCommand(path, data)
    setBusy(false)
    if (!answer.ok) setOutcome({ is: "refused", problem: answer.problem })
    else
      setOutcome(
        dryRun
          ? { is: "would", facts: answer.body.facts as DryRun["facts"] }
          : { is: "did", facts: answer.body.facts as never }
      )
  }

  const isUnknown = outcome === undefined && !busy && isPending(path, buildInput(fields, values))
  const shownOutcome = isUnknown ? ({ is: "refused", problem: unknownOutcome } as const) : outcome

  return (
    <form
      class="try"
      onSubmit={(event) => {
        event.preventDefault()
        void send((event.submitter as HTMLButtonElement | null)?.value !== "send")
      }}
    >
      {fields.map((field) => {
        const name = field.path.join(".")
        return (
          <Input
            key={name}
            name={name}
            field={field}
            value={values.get(name)}
            onValue={(value) => setValues(new Map(values).set(name, value))}
          />
        )
      })}
      {at !== undefined && (
        <p class="warning" role="note">
          The wall is as of {count(at)}, but a command is decided on the current state: <b>send</b> executes it now.{" "}
          <button type="button" class="link" onClick={() => showPosition(undefined)}>
            back to now
          </button>
        </p>
      )}
      <p class="buttons">
        <button type="submit" value="dry" disabled={busy}>
          {at === undefined ? "dry run" : "dry run now"}
        </button>
        <button type="submit" value="send" class="primary" disabled={busy}>
          {at === undefined ? "send" : "send now"}
        </button>
      </p>
      <div class="outcome" role="status">
        {shownOutcome && <OutcomeView outcome={shownOutcome} />}
      </div>
    </form>
  )
}
