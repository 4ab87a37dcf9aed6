import type { ComponentChildren } from "preact"
import type { EventView } from "../../../../src/layers/contract/eventSchema.ts"
import type { Kind } from "../../layout/index.ts"
import { Dated, Moment } from "../../ui/Dated.tsx"
import { count, summarize } from "../../ui/format.ts"
import { type Subject, subject } from "../wallState.ts"
import { describeSchema } from "./describeSchema.ts"
import { fieldsOf, type JsonSchema } from "./schema.ts"

export const Section = ({ title, children }: { readonly title: string; readonly children: ComponentChildren }) => (
  <section>
    <h3>{title}</h3>
    {children}
  </section>
)

/** A schema as a table, a row for each field. */
export const Schema = ({ schema }: { readonly schema: object }) => {
  const root = schema as JsonSchema
  return (
    <table class="fields">
      <tbody>
        {fieldsOf(root).map(({ path, schema, required }) => (
          <tr>
            <th scope="row">{path.join(".")}</th>
            <td>
              {describeSchema(schema, root)}
              {!required && <span class="muted"> · optional</span>}
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  )
}

export const Json = ({ value, label }: { readonly value: unknown; readonly label: string }) => (
  // Focusable, so that the keyboard can scroll a long text.
  <pre tabIndex={0} role="region" aria-label={label}>
    {JSON.stringify(value, undefined, 2)}
  </pre>
)

/** A small note in a text, which opens its subject. */
export const Chip = ({ opens, children }: { readonly opens: Subject; readonly children?: ComponentChildren }) => (
  <button type="button" class={`chip ${opens.kind}`} onClick={() => (subject.value = opens)}>
    {children ?? ("name" in opens ? opens.name : "")}
  </button>
)

export const Chips = ({
  kind,
  names
}: {
  readonly kind: Exclude<Kind, "screen">
  readonly names: ReadonlyArray<string>
}) => (
  <p class="chips">
    {names.map((name) => (
      <Chip opens={{ kind, name, column: -1 }} />
    ))}
  </p>
)

/** An event of the log, in a line that opens it. */
export const EventLine = ({ event, current = false }: { readonly event: EventView; readonly current?: boolean }) => (
  <button
    type="button"
    class={`event-line${current ? " current" : ""}${event.voided ? " void" : ""}`}
    aria-current={current}
    onClick={() => (subject.value = { kind: "recorded", position: event.position })}
  >
    <span class="position">{count(event.position)}</span>
    <span class="what">
      <b>{event.type}</b> {event.unknown === undefined && !event.check && <Dated text={summarize(event.data)} />}
      {event.copyof !== undefined && <span class="muted"> · copy</span>}
      {event.unknown !== undefined && <span class="unreadable">{event.voided ? "void" : "cannot be read"}</span>}
    </span>
    <Moment time={event.time} />
  </button>
)

export const ErrorMessage = ({ children }: { readonly children: ComponentChildren }) => (
  <p class="trouble" role="alert">
    {children}
  </p>
)
