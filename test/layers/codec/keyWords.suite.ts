import { assert, layer } from "@effect/vitest"
import { Effect, Layer, Schedule } from "effect"
import { FetchHttpClient } from "effect/http"
import { Key } from "#domain/model/index.ts"
import { clientOf } from "#layers/http/contract/client.ts"
import { tooHeavy, notebook, NoteBoundary } from "#test/boards/notesBoard.ts"
import { type Backend, runningBoard } from "#test/support/backends.ts"
import { ServedBoard, servedBoard } from "#test/support/servedBoard.ts"

const member = { id: "john.doe@example.com" }
const topics = [
  ["Unicode", "Über \u{1f4da} 日本語"],
  ["special characters of subjects", "a.b *_> ="],
  ["special characters of URLs", "100% /?#&;+"],
  ["the empty text", ""],
  ["a parent path", ".."],
  ["a range", "a..b"],
  ["an escape", "=3D"],
  ["control characters", "\0\t\r\n"]
] as const

const client = Effect.flatMap(ServedBoard, ({ url }) => clientOf(notebook, url)).pipe(
  Effect.provide(FetchHttpClient.layer)
)

const untilFound = <E, R>(request: Effect.Effect<ReadonlyArray<any>, E, R>) =>
  Effect.repeat(request, { until: (found) => found.length > 0, schedule: Schedule.spaced("10 millis") })

/** Waits until an event stream has `count` events; oldest first. */
const waitForEvents = Effect.fnUntraced(function* (streamId: string, count: number) {
  const { call } = yield* ServedBoard
  return yield* call(`/facts?place=${encodeURIComponent(streamId)}`).pipe(
    Effect.map(({ body }) => (body.facts.length < count ? [] : (body.facts.toReversed() as ReadonlyArray<any>))),
    untilFound
  )
})

const inQuery = (topic: string) =>
  topic === "" || topic.includes("..")
    ? `=${Key.tokens({ topic: NoteBoundary.key.topic }, { topic })[0]}`
    : encodeURIComponent(topic)

/** Any valid text works as a key in commands, in the log, in rows, in lists and in dead letters. */
export const keysSuite = (backend: Backend) =>
  layer(servedBoard(notebook).pipe(Layer.provideMerge(runningBoard(notebook, backend))), { excludeTestServices: true })(
    `Keys on ${backend.name}`,
    (it) => {
      it.effect.each(topics)("with %s work from the command to the row", ([, topic]) =>
        Effect.gen(function* () {
          const { call } = yield* ServedBoard
          const { commands, views } = yield* client
          const about = { member, topic, score: 1.5, open: true }
          const { facts, seq } = yield* commands.WriteNote({ ...about, text: "" })
          const key = Key.toSubjectToken(Key.tokens(NoteBoundary.key, about))
          assert.strictEqual(facts[0]!.subject, `notebook.note.notes.${key}.note-written`)
          const rejection = yield* Effect.flip(commands.WriteNote({ ...about, text: "" }))
          assert.deepInclude(rejection, { _tag: "AlreadyWritten", topic })

          const streamId: string = (yield* call(`/facts/${seq}`)).body.subject
          assert.strictEqual(streamId, `note/${key}`)
          const [first, second] = yield* waitForEvents(streamId, 2)
          assert.deepStrictEqual([first.position, first.data.topic, second.type], [seq, topic, "NotePinned"])
          const { steps } = (yield* call(`/facts/${seq}/why`)).body
          assert.deepStrictEqual(
            steps.map(({ command, place }: any) => [command, place]),
            [
              ["WriteNote", streamId],
              ["PinNote", streamId]
            ]
          )

          const row = yield* views.Note({ member, topic }, { after: second.position })
          assert.deepInclude(row, { member, topic, written: true, pinned: true, position: second.position })
          const list = `/views/note?member=${encodeURIComponent(member.id)}&topic=${inQuery(topic)}`
          const currentList = (yield* call(`${list}&after=${second.position}`)).body
          assert.deepStrictEqual(currentList.rows, [{ ...row }])
          const pastList = (yield* call(`${list}&at=${seq}`)).body
          assert.deepStrictEqual(
            pastList.rows.map(({ pinned, topic }: any) => [topic, pinned]),
            [[topic, false]]
          )
        })
      )

      it.effect("are percent-encoded text in a URL", () =>
        Effect.gen(function* () {
          const { call } = yield* ServedBoard
          const { commands } = yield* client
          for (const topic of ["=", "==2E", "a=b", "ä ö"]) {
            const about = { member: { id: "url@example.com" }, topic, score: 0, open: false }
            const { seq } = yield* commands.WriteNote({ ...about, text: "" })
            const path = `/members/url@example.com/notes/${encodeURIComponent(topic)}?after=${seq}`
            assert.strictEqual((yield* call(path)).body.topic, topic)
            const list = (yield* call(`/views/note?topic=${encodeURIComponent(topic)}&after=${seq}`)).body.rows
            assert.deepStrictEqual(
              list.map((row: any) => row.topic),
              [topic]
            )
          }
          const marked = yield* call("/members/url@example.com/notes/=a=3Db")
          assert.strictEqual(marked.body.topic, "a=b")
          const invalidToken = yield* call("/members/url@example.com/notes/=a=3")
          assert.deepStrictEqual([invalidToken.status, invalidToken.body.errors[0].path], [400, "topic"])
          const invalidStream = yield* call("/facts?place=note/url=40example=2ecom_a")
          assert.deepStrictEqual([invalidStream.status, invalidStream.body.errors[0].path], [400, "place"])
        })
      )

      it.effect("may be numbers, also fractions, and booleans", () =>
        Effect.gen(function* () {
          const { call } = yield* ServedBoard
          const { commands, views } = yield* client
          let last = 0
          for (const [n, score] of [-2.5, -2, 2.25, 3, 1e21].entries()) {
            const about = { member: { id: "score@example.com" }, topic: `t${n}`, score, open: n % 2 === 0 }
            last = (yield* commands.WriteNote({ ...about, text: "" })).seq
            const row = yield* views.Scores({ score, open: about.open }, { after: last })
            assert.deepInclude(row, { score, open: about.open, notes: 1 })
          }
          const scores = (yield* call(`/views/scores?score=-2.5..3&after=${last}`)).body.rows
          const found = scores.map(({ score }: any) => score).filter((score: number) => score !== 0 && score !== 1.5)
          assert.deepStrictEqual(found, [-2.5, -2, 2.25, 3])
          const [huge] = (yield* call(`/views/scores?score=1e%2B21&open=true&after=${last}`)).body.rows
          assert.deepInclude(huge, { score: 1e21, open: true })
        })
      )

      it.effect("work in the retry of a dead letter", () =>
        Effect.gen(function* () {
          const { call } = yield* ServedBoard
          const { commands } = yield* client
          const topic = "too heavy? ü*"
          tooHeavy.add(topic)
          const about = { member: { id: "heavy@example.com" }, topic, score: 1, open: true }
          yield* commands.WriteNote({ ...about, text: "" })
          const streamId = `note/${Key.toSubjectToken(Key.tokens(NoteBoundary.key, about))}`
          const [deadLetter] = yield* call("/operations/parked").pipe(
            Effect.map(({ body }) => body.parked.filter((each: any) => each.place === streamId) as ReadonlyArray<any>),
            untilFound
          )
          tooHeavy.clear()
          const retried = yield* call(`/operations/parked/${deadLetter.id}/retry`, {
            method: "POST",
            headers: { "content-type": "application/json" }
          })
          assert.deepStrictEqual(retried.body, { retried: 1 })
          assert.strictEqual((yield* waitForEvents(streamId, 2))[1].type, "NotePinned")
        })
      )

      it.effect("that cannot be encoded are rejected with the path of the field, and change nothing", () =>
        Effect.gen(function* () {
          const { put } = yield* ServedBoard
          const { commands, views } = yield* client
          const about = { member: { id: "bad@example.com" }, topic: "fine", score: 1, open: true }
          const invalid: ReadonlyArray<readonly [about: object, path: string]> = [
            [{ topic: "\ud800" }, "data.topic"],
            [{ topic: "語".repeat(150) }, "data.topic"],
            [{ member: { id: `\udfff@example.com` } }, "data.member.id"],
            [{ member: { id: `${"ü".repeat(240)}@a.org` } }, "data.member.id"],
            [{ member: { id: `${"ü".repeat(120)}@a.org` }, topic: "語".repeat(110) }, "data.topic"]
          ]
          for (const [bad, path] of invalid) {
            for (const dryRun of ["", "?dryRun=true"]) {
              const response = yield* put(`/write${dryRun}`, { data: { ...about, ...bad, text: "" } })
              assert.deepStrictEqual(
                [response.status, response.body.code, response.body.errors?.map((each: any) => each.path)],
                [400, "InvalidRequest", [path]]
              )
            }
          }
          const problem = yield* Effect.flip(commands.WriteNote({ ...about, topic: "\ud800", text: "" }))
          assert.deepInclude(problem, { _tag: "Problem", status: 400 })
          const readProblem = yield* Effect.flip(views.Note({ member, topic: "\ud800" }))
          assert.deepInclude(readProblem, { _tag: "Problem", status: 400 })
          const { seq } = yield* commands.WriteNote({ ...about, text: "" })
          assert.isAbove(seq, 0)
        })
      )

      it.effect("of more than 128 characters lead to a correlation id that a caller may send", () =>
        Effect.gen(function* () {
          const { call } = yield* ServedBoard
          const { commands } = yield* client
          const about = { member: { id: "long@example.com" }, topic: "日".repeat(100), score: 1, open: true }
          const { correlationId } = yield* commands.WriteNote({ ...about, text: "" })
          assert.isAtMost(correlationId.length, 128)
          const events = yield* call(`/facts?correlation=${correlationId}`).pipe(
            Effect.map(({ body }) => body.facts as ReadonlyArray<any>),
            untilFound
          )
          assert.strictEqual(events.at(-1).data.topic, about.topic)
        })
      )
    }
  )
