import { execFile, spawnSync } from "node:child_process"
import { existsSync, globSync, readFileSync } from "node:fs"
import { promisify } from "node:util"
import { assert, describe, it } from "@effect/vitest"
import { ConfigProvider, Effect } from "effect"
import { settings } from "#app/settings.ts"
import { Board } from "#domain/model/index.ts"
import { mermaid } from "#layers/blueprint/mermaid.ts"
import { type App, type NotStarted, startApp } from "#test/support/startApp.ts"
import { temporaryFolder, testServer } from "#test/support/testServer.ts"
import { boards, defaultBoard } from "../../src/boards.ts"

const hasCurl = spawnSync("curl", ["--version"]).status === 0
const names = Object.keys(boards)
const loaded = await Promise.all(Object.entries(boards).map(async ([name, load]) => ({ name, ...(await load()) })))

const put = (app: App, path: string, data: object) =>
  Effect.promise(async () => {
    const headers = { "content-type": "application/json" }
    const answer = await fetch(`${app.url}${path}`, { method: "PUT", headers, body: JSON.stringify({ data }) })
    return { status: answer.status, body: (await answer.json()) as Record<string, any> }
  })

const get = (app: App, path: string) =>
  Effect.promise(async () => {
    const answer = await fetch(`${app.url}${path}`)
    return { status: answer.status, text: await answer.text() }
  })

const settingsOf = (env: Readonly<Record<string, string>>) =>
  Effect.provideService(settings, ConfigProvider.ConfigProvider, ConfigProvider.fromEnv({ env: { ...env } }))

describe("The boards that BOARD chooses from", () => {
  it.each(loaded)("$name is the name of its board", ({ app, name }) => assert.strictEqual(app.board.name, name))

  it.each(loaded)("$name has the files that it names", ({ app }) => {
    for (const folder of app.code) assert.isAbove(globSync(`${folder}/**/*.ts`).length, 10, folder)
    for (const path of Object.keys(app.screens)) assert.isTrue(existsSync(`web${path}.html`), path)
    const [, diagram] = /^```mermaid\n([\s\S]*?)^```$/mu.exec(readFileSync(app.readme, "utf8"))!
    assert.strictEqual(diagram!.trim(), mermaid(app.board), `run npm run diagram -- --write with BOARD`)
  })

  it.effect("have data folders of their own; the one that needs no BOARD has .data", () =>
    Effect.gen(function* () {
      const chosen = yield* Effect.forEach(names, (BOARD) => settingsOf({ BOARD }))
      assert.deepStrictEqual(
        chosen.map(({ app, dataDir }) => [app.board.name, dataDir]),
        names.map((name) => [name, name === defaultBoard ? ".data" : `.data-${name}`])
      )
      const none = yield* settingsOf({})
      assert.deepStrictEqual([none.app.board.name, none.dataDir], [defaultBoard, ".data"])
      assert.strictEqual((yield* settingsOf({ BOARD: "courses", DATA_DIR: "elsewhere" })).dataDir, "elsewhere")
    })
  )

  it.effect("are listed if it names another", () =>
    Effect.gen(function* () {
      for (const BOARD of ["cuorses", "toString"]) {
        const { message } = yield* Effect.flip(settingsOf({ BOARD }))
        assert.include(message, `BOARD is set to "${BOARD}". Expected one of the boards: ${names.join(", ")}`)
      }
    })
  )

  it.live(
    "are the boards of npm start and of the tools",
    () =>
      Effect.gen(function* () {
        const { output } = (yield* startApp({ BOARD: "cuorses" }).pipe(Effect.scoped, Effect.flip)) as NotStarted
        assert.include(output, `Expected one of the boards: ${names.join(", ")}`)
        const print = (BOARD: string) =>
          Effect.promise(() =>
            promisify(execFile)(process.execPath, ["scripts/node.cjs", "src/app/tools/diagramTool.ts"], {
              env: { ...process.env, BOARD }
            })
          )
        for (const { app, name } of loaded) assert.strictEqual((yield* print(name)).stdout.trim(), mermaid(app.board))
      }),
    60_000
  )
})

/** The request of a command that an empty log accepts, as a scenario of the board has it. */
const acceptedOnEmptyLog = (board: Board.Any) => {
  for (const { by, scenarios } of Board.commandSlices(board)) {
    const found = Object.values<any>(scenarios).find(
      ({ given = [], then }) => given.length === 0 && Array.isArray(then) && then.length > 0
    )
    if (found) return { path: by.path, data: found.when as object }
  }
  return assert.fail(`${board.name} has no command that an empty log accepts`)
}

describe("Two boards", () => {
  const other = names.find((name) => name !== defaultBoard)

  it.live.skipIf(other === undefined)(
    "do not share a data folder or a server, whose audit is that of one of them",
    () =>
      Effect.gen(function* () {
        const DATA_DIR = yield* temporaryFolder
        const { url: NATS_URL } = yield* testServer()
        const { path, data } = acceptedOnEmptyLog(loaded.find(({ name }) => name === defaultBoard)!.app.board)
        for (const settings of [{ DATA_DIR }, { NATS_URL }]) {
          yield* Effect.flatMap(startApp(settings), (app) =>
            Effect.map(put(app, path, data), ({ status }) => assert.include([200, 201], status))
          ).pipe(Effect.scoped)
          const failed = startApp({ ...settings, BOARD: other! }).pipe(Effect.scoped, Effect.flip)
          const { output } = (yield* failed) as NotStarted
          const reason = `NATS has the streams of the board ${defaultBoard}, and ${other} needs streams of the same names`
          assert.include(output, reason)
          yield* Effect.scoped(startApp({ ...settings }))
        }
      }).pipe(Effect.scoped),
    60_000
  )
})

describe("BOARD=courses npm start", () => {
  it.live(
    "subscribes a student to five courses, on its own nats-server",
    () =>
      Effect.gen(function* () {
        const app = yield* startApp({ BOARD: "courses", DATA_DIR: yield* temporaryFolder })
        const student = { id: "s1" }
        const courses = Array.from({ length: 6 }, (_, n) => ({ id: `c${n + 1}` }))
        for (const course of courses) yield* put(app, "/mutation/define-course", { course, capacity: 10 })
        const answers = yield* Effect.forEach(courses, (course) =>
          put(app, "/mutation/subscribe-student-to-course", { course, student })
        )
        assert.deepStrictEqual(
          answers.map(({ status }) => status),
          [201, 201, 201, 201, 201, 409]
        )
        assert.strictEqual(answers.at(-1)!.body.code, "TooManyCourses")
        const seen = yield* get(app, `/students/s1/courses?after=${answers[4]!.body.seq}`)
        assert.deepStrictEqual(JSON.parse(seen.text).courses, courses.slice(0, 5))

        const wall = yield* get(app, "/")
        assert.strictEqual(wall.status, 200)
        assert.include(wall.text, 'href="/streams"')
        for (const screen of ["/guest", "/manager"]) {
          assert.notInclude(wall.text, screen)
          assert.strictEqual((yield* get(app, screen)).status, 404)
        }
        assert.strictEqual((yield* get(app, "/docs")).status, 200)
        assert.include((yield* get(app, "/openapi.json")).text, "/mutation/subscribe-student-to-course")
        assert.notInclude(app.output(), "to begin with")
      }).pipe(Effect.scoped),
    60_000
  )

  it.live.skipIf(!hasCurl)(
    "answers the calls of its README",
    () =>
      Effect.gen(function* () {
        const app = yield* startApp({ BOARD: "courses", EVENT_LOG: "memory" })
        const readme = readFileSync("examples/courses/README.md", "utf8")
        const calls = Array.from(readme.matchAll(/^```sh\n(.*?)^```$/gmsu), ([, block]) => block!.split(/\n(?=\S)/u))
          .flat()
          .filter((command) => command.startsWith("curl "))
        const statuses = yield* Effect.forEach(calls, (call) =>
          Effect.promise(async () => {
            const quiet = call.replace("curl ", "curl --silent --output /dev/null --write-out '%{http_code}' ")
            const command = quiet.replaceAll("http://127.0.0.1:3000", app.url)
            return Number((await promisify(execFile)("sh", ["-c", command])).stdout)
          })
        )
        assert.deepStrictEqual(
          [
            statuses.slice(0, 6),
            statuses.slice(6, 11),
            statuses.slice(11, 14),
            statuses.slice(14, 17),
            statuses.slice(17)
          ],
          [
            [201, 201, 409, 201, 200, 200],
            [201, 201, 409, 200, 201],
            [201, 201, 200],
            [201, 409, 200],
            [201, 201, 201, 201, 409, 200, 200, 201, 409]
          ]
        )
      }).pipe(Effect.scoped),
    60_000
  )

  it.live("sends a one-time password, which confirms a sign-up once", () =>
    Effect.gen(function* () {
      const app = yield* startApp({ BOARD: "courses", EVENT_LOG: "memory" })
      const emailAddress = "john.doe@example.com"
      const { body } = yield* put(app, "/mutation/initiate-sign-up", { emailAddress, name: "John Doe" })
      const { otp } = JSON.parse((yield* get(app, `/facts/${body.seq}`)).text).data
      assert.match(otp, /^[\w-]{43}$/u)
      const confirm = put(app, "/mutation/confirm-sign-up", { emailAddress, otp })
      assert.strictEqual((yield* confirm).status, 201)
      assert.strictEqual((yield* confirm).body.code, "OtpAlreadyUsed")
    }).pipe(Effect.scoped)
  )

  it.live(
    "is consistent when many subscribe at once: neither a course nor a student has too many",
    () =>
      Effect.gen(function* () {
        const app = yield* startApp({ BOARD: "courses", DATA_DIR: yield* temporaryFolder })
        const courses = Array.from({ length: 7 }, (_, n) => ({ id: `c${n + 1}` }))
        const students = Array.from({ length: 7 }, (_, n) => ({ id: `s${n + 1}` }))
        for (const course of courses) yield* put(app, "/mutation/define-course", { course, capacity: 4 })
        const pairs = courses.flatMap((course) => students.map((student) => ({ course, student })))
        const answers = yield* Effect.forEach(
          pairs,
          (pair) => put(app, "/mutation/subscribe-student-to-course", pair),
          { concurrency: "unbounded" }
        )
        const accepted = pairs.filter((_, n) => answers[n]!.status === 201)
        for (const { body, status } of answers)
          if (status !== 201) assert.strictEqual(status, 409, JSON.stringify(body))
        for (const ofCourse of Map.groupBy(accepted, ({ course }) => course.id).values())
          assert.isAtMost(ofCourse.length, 4)
        for (const ofStudent of Map.groupBy(accepted, ({ student }) => student.id).values())
          assert.isAtMost(ofStudent.length, 5)
        // 28 seats, and up to 35 subscriptions of students: a seat stays free only if each student without it has five.
        assert.isAbove(accepted.length, 20)
      }).pipe(Effect.scoped),
    60_000
  )
})
