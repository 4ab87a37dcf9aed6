import { describeSchema } from "../wall/panel/describeSchema.ts"
import { fieldsOf } from "../wall/panel/schema.ts"
import { type AsyncApiDocument, type Message, payloadSchema, schemaPath } from "./asyncApiDocument.ts"

interface Props {
  readonly document: AsyncApiDocument
  readonly message: Message
  /** The address of its note on the wall, after `/#`. */
  readonly note: string
}

/** A message: its fields in words, and links to its schema and to its note on the wall. */
export const MessageFields = ({ document, message, note }: Props) => {
  const schema = payloadSchema(document, message)
  const path = schemaPath(message)
  return (
    <section class="message" aria-label={message.title}>
      <h4>{message.name}</h4>
      {message.description && <p>{message.description}</p>}
      <table class="fields">
        <tbody>
          {fieldsOf(schema).map(({ path, required, schema: field }) => (
            <tr>
              <th scope="row">{path.join(".")}</th>
              <td>
                {describeSchema(field, schema)}
                {!required && <span class="muted"> · optional</span>}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
      <p class="links">
        {path && <a href={path}>schema of {message.name}</a>}
        <a href={`/#${note}`}>{message.name} on the wall</a>
      </p>
    </section>
  )
}
