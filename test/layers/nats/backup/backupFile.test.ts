import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { assert, describe, it } from "@effect/vitest"
import { Arbitrary, Effect, Predicate, Result, Schema } from "effect"
import * as Container from "#layers/nats/backup/backupFile.ts"
import { temporaryFolder } from "#test/support/testServer.ts"

const header = { board: "library", time: "2022-12-12T10:00:00.000Z", server: "2.15.1" }

const upTo = (maximum: number) => Arbitrary.schema(Schema.Int.check(Schema.isBetween({ minimum: 1, maximum })))

/** The contents of a file: for each stream, some chunks of some length. */
const anyStreams = Arbitrary.array(Arbitrary.array(upTo(5_000), { maxLength: 4 }), { maxLength: 4 })

const bytesOf = (length: number) => Buffer.from(Array.from({ length }, (_, n) => (n * 31 + length) % 256))

const writeBackup = Effect.fnUntraced(function* (streams: ReadonlyArray<ReadonlyArray<number>>) {
  const file = join(yield* temporaryFolder, "backup")
  yield* Effect.gen(function* () {
    const writer = yield* Container.create(file, header)
    for (const [n, chunks] of streams.entries()) {
      yield* writer.line({ stream: n })
      for (const length of chunks) yield* writer.data(bytesOf(length))
      yield* writer.line({ end: n })
    }
    yield* writer.finish
  }).pipe(Effect.scoped)
  return file
})

const verifyBackup = (file: string) =>
  Effect.flatMap(Container.openFile(file), (handle) => Container.verify(file, handle)).pipe(
    Effect.scoped,
    Effect.result
  )

const runs = { arbitrary: { runs: 60, size: 100 } }

describe("A backup file", () => {
  it.effect.prop(
    "holds what was written, line by line and byte by byte",
    [anyStreams],
    ([streams]) =>
      Effect.gen(function* () {
        const file = yield* writeBackup(streams)
        const { header: found, lines } = Result.getOrThrow(yield* verifyBackup(file))
        assert.deepStrictEqual(found, header)
        const sections = lines.filter(({ line }) => "stream" in line)
        assert.strictEqual(sections.length, streams.length)
        const handle = yield* Container.openFile(file)
        for (const [n, { at, line }] of sections.entries()) {
          assert.deepStrictEqual(line, { stream: n })
          const chunks: Array<Uint8Array> = []
          yield* Effect.promise(async () => {
            for await (const part of Container.readParts(handle, at)) {
              if ("bytes" in part) chunks.push(part.bytes)
              else if ("end" in part.line) break
            }
          })
          assert.deepStrictEqual(Buffer.concat(chunks), Buffer.concat(streams[n]!.map(bytesOf)))
        }
      }).pipe(Effect.scoped),
    runs
  )

  it.effect.prop(
    "is rejected with any byte changed, and if it is cut off at any byte",
    [anyStreams, upTo(1_000_000), upTo(255)],
    ([streams, where, change]) =>
      Effect.gen(function* () {
        const file = yield* writeBackup(streams)
        const bytes = readFileSync(file)
        const at = where % bytes.length
        const assertRejected = Effect.fnUntraced(function* (content: Buffer) {
          writeFileSync(file, content)
          const answer = yield* verifyBackup(file)
          const damage = Predicate.or(Predicate.isTagged("BackupDamaged"), Predicate.isTagged("NotABackup"))
          assert.isTrue(Result.isFailure(answer) && damage(answer.failure), `${at} of ${bytes.length}`)
        })
        const changed = Buffer.from(bytes)
        changed[at] = changed[at]! ^ change
        yield* assertRejected(changed)
        yield* assertRejected(bytes.subarray(0, at))
        yield* assertRejected(Buffer.concat([bytes, Buffer.from("{}\n")]))
      }).pipe(Effect.scoped),
    runs
  )

  it.effect("is rejected with the reason if it is another file, has another version or lacks its end", () =>
    Effect.gen(function* () {
      const file = yield* writeBackup([[10]])
      const good = readFileSync(file, "utf8")
      const reason = Effect.fnUntraced(function* (content: string) {
        writeFileSync(file, content, "latin1")
        return Result.match(yield* verifyBackup(file), { onSuccess: () => "", onFailure: ({ message }) => message })
      })
      assert.include(yield* reason("# A page\n"), "it does not begin with the line")
      assert.include(yield* reason(""), "it is empty")
      assert.include(yield* reason(`{"format":"tar"}\n`), "its format is not event-model-backup")
      assert.include(yield* reason(good.replace(`"version":1`, `"version":2`)), "its version is 2, not 1")
      const [first = ""] = good.split("\n")
      assert.include(yield* reason(`${first}\n`), "its end is missing")
      assert.include(yield* reason(good.replace(`"sha256":"`, `"sha256":"0`)), "its checksum does not match")
    }).pipe(Effect.scoped)
  )

  it.effect("is readable by its owner only, never overwritten, and removed if it is not finished", () =>
    Effect.gen(function* () {
      const file = yield* writeBackup([])
      assert.strictEqual(statSync(file).mode & 0o077, 0)
      const second = yield* Effect.flip(Effect.scoped(Container.create(file, header)))
      assert.include(second.message, "already exists")
      assert.isTrue(existsSync(file))
      const folder = yield* temporaryFolder
      yield* Effect.scoped(
        Effect.flatMap(Container.create(join(folder, "half"), header), ({ line }) => line({ stream: 1 }))
      )
      assert.deepStrictEqual(readdirSync(folder), [])
    }).pipe(Effect.scoped)
  )
})
