import { useState } from "preact/hooks"
import type { Command } from "../../../../../src/layers/contract/blueprintSchema.ts"
import type { DryRun } from "../../../../../src/layers/contract/operationsSchema.ts"
import { command as sendCommand, dryRun as sendDryRun, isPending, unknownOutcome } from "../../../api/command.ts"
import { count } from "../../../ui/format.ts"
import { showPosition } from "../../timeTravel.ts"
import { requestedPosition } from "../../wallState.ts"
import { type Field, fieldsOf, type JsonSchema } from "../schema.ts"
import { Input } from "./Input.tsx"
import { type Outcome, OutcomeView } from "./OutcomeView.tsx"

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

/** The input of a command by the paths of its fields, and the outcome of what was sent last. */
const useCommand = ({ example, schema }: Command, path: string) => {
  const fields = fieldsOf(schema as JsonSchema)
  const [values, setValues] = useState<ReadonlyMap<string, unknown>>(
    () => new Map(fields.map(({ path }) => [path.join("."), valueAt(example, path)]))
  )
  const [outcome, setOutcome] = useState<Outcome>()
  const [busy, setBusy] = useState(false)

  const send = async (dryRun: boolean) => {
    setBusy(true)
    const data = buildInput(fields, values)
    const answer = dryRun ? await sendDryRun<DryRun>(path, data) : await sendCommand(path, data)
    setBusy(false)
    if (!answer.ok) setOutcome({ is: "refused", problem: answer.problem })
    else
      setOutcome(
        dryRun
          ? { is: "would", events: answer.body.facts as DryRun["facts"] }
          : { is: "did", events: answer.body.facts as never }
      )
  }

  const isUnknown = outcome === undefined && !busy && isPending(path, buildInput(fields, values))
  return {
    fields,
    values,
    setValue: (name: string, value: unknown) => setValues(new Map(values).set(name, value)),
    busy,
    outcome: isUnknown ? ({ is: "refused", problem: unknownOutcome } as const) : outcome,
    send
  }
}

/** Warns that a wall that shows the past sends commands now. */
const PastWarning = ({ at }: { readonly at: number }) => (
  <p class="warning" role="note">
    The wall is as of {count(at)}, but a command is decided on the current state: <b>send</b> executes it now.{" "}
    <button type="button" class="link" onClick={() => showPosition(undefined)}>
      back to now
    </button>
  </p>
)

/** The form of a command's endpoint: a dry run, or the command itself. */
export const CommandForm = ({ command, path }: { readonly command: Command; readonly path: string }) => {
  const { busy, fields, outcome, send, setValue, values } = useCommand(command, path)
  const at = requestedPosition.value
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
            onValue={(value) => setValue(name, value)}
          />
        )
      })}
      {at !== undefined && <PastWarning at={at} />}
      <p class="buttons">
        <button type="submit" value="dry" disabled={busy}>
          {at === undefined ? "dry run" : "dry run now"}
        </button>
        <button type="submit" value="send" class="primary" disabled={busy}>
          {at === undefined ? "send" : "send now"}
        </button>
      </p>
      <div class="outcome" role="status">
        {outcome && <OutcomeView outcome={outcome} />}
      </div>
    </form>
  )
}
