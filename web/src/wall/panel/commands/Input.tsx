import { useState } from "preact/hooks"
import { describeSchema } from "../describeSchema.ts"
import type { Field } from "../schema.ts"

interface Props {
  readonly name: string
  readonly field: Field
  readonly value: unknown
  readonly onValue: (value: unknown) => void
}

const Number_ = ({ name, field: { schema, required }, value, onValue }: Props) => (
  <input
    id={`try-${name}`}
    type="number"
    inputMode="numeric"
    min={schema.minimum}
    max={schema.maximum}
    step={schema.type === "integer" ? 1 : "any"}
    required={required}
    value={value as number}
    onInput={({ currentTarget }) => onValue(currentTarget.value === "" ? undefined : currentTarget.valueAsNumber)}
  />
)

/** A JSON editor, for values that browsers have no input for. */
const Json = ({ name, value, onValue }: Props) => {
  const [text, setText] = useState(value === undefined ? "" : JSON.stringify(value))
  return (
    <textarea
      id={`try-${name}`}
      rows={3}
      value={text}
      onInput={({ currentTarget }) => {
        setText(currentTarget.value)
        try {
          currentTarget.setCustomValidity("")
          onValue(currentTarget.value === "" ? undefined : JSON.parse(currentTarget.value))
        } catch {
          currentTarget.setCustomValidity("Write it as JSON")
        }
      }}
    />
  )
}

const Text = ({ name, field: { schema, required }, value, onValue }: Props) => {
  const inputProps = {
    id: `try-${name}`,
    required,
    value: value as string,
    onInput: (event: { readonly currentTarget: HTMLInputElement }) => onValue(event.currentTarget.value)
  }
  return schema.format === "date" ? <input type="date" {...inputProps} /> : <input type="text" {...inputProps} />
}

const Control = (props: Props) => {
  const { name, value, onValue } = props
  const { schema, required } = props.field
  if (schema.enum) {
    return (
      <select
        id={`try-${name}`}
        required={required}
        value={value as string}
        onInput={({ currentTarget }) => onValue(currentTarget.value)}
      >
        {!required && <option value="" />}
        {schema.enum.map((choice) => (
          <option>{String(choice)}</option>
        ))}
      </select>
    )
  }
  switch (schema.type) {
    case "integer":
    case "number":
      return <Number_ {...props} />
    case "boolean":
      return (
        <input
          id={`try-${name}`}
          type="checkbox"
          checked={value === true}
          onInput={({ currentTarget }) => onValue(currentTarget.checked)}
        />
      )
    case "string":
      return <Text {...props} />
    default:
      return <Json {...props} />
  }
}

/** The input for a value, chosen by its schema. */
export const Input = (props: Props) => (
  <p class="input">
    <label for={`try-${props.name}`}>
      {props.name}
      {!props.field.required && <span class="muted"> optional</span>}
    </label>
    <Control {...props} />
    <small>{describeSchema(props.field.schema)}</small>
  </p>
)
