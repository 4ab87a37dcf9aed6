import { Moment } from "../ui/Dated.tsx"
import { count } from "../ui/format.ts"
import type { Channel } from "./asyncApiDocument.ts"
import { newest } from "./streamsState.ts"

const Json = ({ value, label }: { readonly value: unknown; readonly label: string }) => (
  // Focusable, so that the keyboard can scroll a long text.
  <pre tabIndex={0} role="region" aria-label={label}>
    {JSON.stringify(value, undefined, 2)}
  </pre>
)

/** The newest message of a channel, as its stream has it. */
const Newest = ({ name, title }: { readonly name: string; readonly title: string }) => {
  if (newest.value === undefined) return <p class="muted">Reading the newest message…</p>
  const message = newest.value[name]
  if (!message) return <p class="empty">No message yet. The next one appears here.</p>
  const { headers, payload, sequence, subject, time } = message
  return (
    <div class="newest">
      <p>
        <b>Newest:</b> {count(sequence)}, <Moment time={time} />, <code class="subject">{subject}</code>
      </p>
      <Json value={{ headers, payload }} label={`Newest message, ${title}`} />
    </div>
  )
}

const Parameters = ({ parameters }: { readonly parameters: NonNullable<Channel["parameters"]> }) => (
  <table class="fields">
    <tbody>
      {Object.entries(parameters).map(([name, { description, enum: values }]) => (
        <tr>
          <th scope="row">{`{${name}}`}</th>
          <td>{values ? values.join(", ") : description}</td>
        </tr>
      ))}
    </tbody>
  </table>
)

/** A channel that a stream stores: its subjects, their parameters, and its newest message. */
export const ChannelCard = ({ name, channel }: { readonly name: string; readonly channel: Channel }) => {
  const { address, description, parameters, title } = channel
  return (
    <section class="channel" data-channel={name} aria-labelledby={name}>
      <h3 id={name}>{title}</h3>
      <p>
        <code class="subject">{address}</code>
      </p>
      <p class="muted">
        {description} Stream <code>{channel["x-jetstream"]?.stream}</code>.
      </p>
      {parameters && <Parameters parameters={parameters} />}
      <Newest name={name} title={title} />
    </section>
  )
}
