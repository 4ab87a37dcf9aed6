import { Schema } from "effect"
import { Actor, Board, Boundary, Command, Lane, Projection, Read, Slice } from "#domain/model/index.ts"

// A board whose keys are what people type: an e-mail address, and text of any script.

const Member = Schema.Struct({
  id: Schema.String.check(Schema.isMaxLength(254), Schema.isPattern(/^[^@ ]+@[^@ ]+$/u))
}).annotate({ identifier: "Member" })
const Topic = Schema.String.check(Schema.isMaxLength(160)).annotate({ identifier: "Topic" })
const Score = Schema.Finite.annotate({ identifier: "Score" })
const Open = Schema.Boolean.annotate({ identifier: "Open" })

const keyFields = { member: Member, topic: Topic, score: Score, open: Open }

export class NoteWritten extends Schema.TaggedClass<NoteWritten>()("NoteWritten", {
  ...keyFields,
  text: Schema.String
}) {}
export class NotePinned extends Schema.TaggedClass<NotePinned>()("NotePinned", keyFields) {}
export class AlreadyWritten extends Schema.TaggedClass<AlreadyWritten>()("AlreadyWritten", keyFields) {}

export const NoteBoundary = Boundary.make({ name: "note", key: { member: Member, topic: Topic } })

const Notes = Lane.make({
  title: "Notes",
  name: "notebook-notes",
  prefix: "notes",
  boundary: NoteBoundary,
  events: [NoteWritten, NotePinned],
  retention: { maxBytes: "16 MiB" }
})

const State = Projection.make({
  name: "State",
  reads: [NoteWritten, NotePinned],
  state: Schema.Struct({ written: Schema.Boolean, pinned: Schema.Boolean }),
  initial: { written: false, pinned: false },
  evolve: {
    NoteWritten: (state) => ({ ...state, written: true }),
    NotePinned: (state) => ({ ...state, pinned: true })
  }
})

export const WriteNote = Command.make({
  name: "WriteNote",
  input: Schema.Struct({ ...keyFields, text: Schema.String }),
  guards: { state: Read.one(State, NoteBoundary) },
  emits: [NoteWritten],
  rejects: [AlreadyWritten],
  decide: ({ state: { written } }, { text, ...about }) =>
    written ? new AlreadyWritten(about) : [new NoteWritten({ ...about, text })]
})

const PinNote = Command.make({
  name: "PinNote",
  input: Schema.Struct(keyFields),
  guards: { state: Read.one(State, NoteBoundary) },
  emits: [NotePinned],
  rejects: [],
  decide: ({ state: { pinned } }, about) => (pinned ? [] : [new NotePinned(about)])
})

const Note = Projection.make({ ...State, name: "Note" })

const Scores = Projection.make({
  name: "Scores",
  reads: [NoteWritten],
  state: Schema.Struct({ notes: Schema.Int }),
  initial: { notes: 0 },
  evolve: { NoteWritten: ({ notes }) => ({ notes: notes + 1 }) }
})

const Writer = Actor.make("Writer")

const sampleKey = { member: { id: "ann@example.com" }, topic: "a/b", score: 1.5, open: true }
const written = new NoteWritten({ ...sampleKey, text: "" })

/** The topics of notes that the robot fails to pin. */
export const tooHeavy = new Set<string>()

export const note = Slice.view({
  title: "Writer reads a note",
  rules: ["a note is what was written"],
  by: Writer.gets("/members/:member/notes/:topic", "Notebook"),
  shows: Note,
  key: NoteBoundary.key,
  scenarios: {
    "a note is what was written": { given: [written], at: sampleKey, then: { written: true, pinned: false } }
  }
})

export const scores = Slice.view({
  title: "Writer looks at scores",
  rules: ["notes are counted by score"],
  by: Writer.gets("/scores/:score/:open", "Scores"),
  shows: Scores,
  key: { score: Score, open: Open },
  scenarios: { "notes are counted by score": { given: [written], at: sampleKey, then: { notes: 1 } } }
})

export const notebook = Board.make({
  name: "notebook",
  title: "Notebook",
  lanes: [Notes],
  slices: [
    Slice.command({
      title: "Writer writes a note",
      rules: ["a note is written once"],
      by: Writer.puts("/write", "Notebook"),
      command: WriteNote,
      scenarios: {
        "a note is written once": {
          given: [written],
          when: { ...sampleKey, text: "" },
          then: new AlreadyWritten(sampleKey)
        }
      }
    }),
    note,
    scores,
    Slice.automation({
      title: "Robot pins notes",
      rules: ["a note is pinned"],
      name: "pin-notes",
      by: Actor.make("Robot"),
      when: [NoteWritten],
      issues: PinNote,
      react: ({ member, open, score, topic }) => {
        if (tooHeavy.has(topic)) throw new Error("it is too heavy")
        return [{ member, open, score, topic }]
      },
      scenarios: { "a note is pinned": { given: [], when: written, then: [new NotePinned(sampleKey)] } }
    })
  ],
  log: { maxBytes: "64 MiB", duplicateWindow: "2 minutes" },
  audit: { maxAge: "14 days", maxBytes: "16 MiB" }
})
