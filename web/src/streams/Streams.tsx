import { Connection, Outage } from "../ui/Connection.tsx"
import { SignedIn } from "../ui/SignedIn.tsx"
import { type AsyncApiDocument, namesOf } from "./asyncApiDocument.ts"
import { ChannelCard } from "./ChannelCard.tsx"
import { MessageFields } from "./MessageFields.tsx"
import { asyncApi, problem, status } from "./streamsState.ts"

interface Part {
  readonly document: AsyncApiDocument
  readonly name: string
}

const Lane = ({ document, name }: Part) => {
  const [log, lane] = [`log.${name}`, `lane.${name}`]
  const { channels, components } = document
  return (
    <section class="card" aria-labelledby={`title.${name}`}>
      <h2 id={`title.${name}`}>{channels[lane]!.title.split(":")[0]}</h2>
      <div class="columns">
        <ChannelCard name={log} channel={channels[log]!} />
        <ChannelCard name={lane} channel={channels[lane]!} />
      </div>
      <h3>Messages of both</h3>
      <div class="columns">
        {Object.keys(channels[log]!.messages).map((type) => (
          <MessageFields document={document} message={components.messages[type]!} note={`fact/${type}`} />
        ))}
      </div>
    </section>
  )
}

const Command = ({ document, name }: Part) => {
  const { channels, components, operations } = document
  const queue = operations[`command.${name}`]?.bindings?.nats.queue
  return (
    <div class="command">
      <p>
        <code class="subject">{channels[`command.${name}`]!.address}</code>
        {queue !== undefined && <span class="muted"> · queue group {queue}</span>}
      </p>
      <MessageFields document={document} message={components.messages[name]!} note={`command/${name}`} />
      <p class="muted">Replies: {Object.keys(channels[`reply.${name}`]!.messages).join(", ")}.</p>
    </div>
  )
}

/** What automations send to other programs, if the board has such automations. */
const SentMessages = ({ document }: Omit<Part, "name">) => {
  const { channels, components } = document
  const names = namesOf(document, "message")
  if (names.length === 0) return null
  return (
    <section class="card" aria-labelledby="messages">
      <h2 id="messages">Messages of automations</h2>
      <p class="muted">No stream stores them: each reaches those who subscribe when it is sent.</p>
      <div class="columns">
        {names.map((name) => (
          <div>
            <p>
              <code class="subject">{channels[`message.${name}`]!.address}</code>
            </p>
            <MessageFields document={document} message={components.messages[name]!} note={`message/${name}`} />
          </div>
        ))}
      </div>
    </section>
  )
}

const Content = () => {
  const document = asyncApi.value
  if (!document) return problem.value ? null : <p class="card empty">Reading the channels…</p>
  return (
    <>
      <p class="about">{document.info.description.replaceAll("`", "")}</p>
      {namesOf(document, "log").map((name) => (
        <Lane document={document} name={name} />
      ))}
      <section class="card" aria-labelledby="commands">
        <h2 id="commands">Commands</h2>
        <p class="muted">Requests. No stream stores them; the audit records what became of each.</p>
        <div class="columns">
          {namesOf(document, "command").map((name) => (
            <Command document={document} name={name} />
          ))}
        </div>
      </section>
      <SentMessages document={document} />
    </>
  )
}

export const Streams = () => (
  <div class="screen streams">
    <header>
      <h1>Streams{asyncApi.value && ` of ${asyncApi.value.info.title}`}</h1>
      <p>
        <Connection status={problem.value ? "lost" : status.value} />
      </p>
      <nav aria-label="Other pages">
        <a href="/">the wall</a>
        <a href="/asyncapi.json">AsyncAPI</a>
        <a href="/docs">API</a>
      </nav>
      <SignedIn />
    </header>
    <Outage problem={problem.value} />
    <main>
      <Content />
    </main>
  </div>
)
