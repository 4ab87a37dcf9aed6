import { assert, describe, it } from "@effect/vitest"
import { Arbitrary, Result, Schema } from "effect"
import { Boundary, Key, KeyToken } from "#domain/model/index.ts"
import { commandStreams } from "#layers/commands/commandStreams.ts"
import { rowKeyChecker } from "#layers/commands/rowKeys.ts"
import { keyFilter } from "#layers/views/rows/keyFilter.ts"
import { note, notebook, NoteWritten, WriteNote } from "#test/boards/notesBoard.ts"

const wellFormed = (text: string) => text.toWellFormed()

/** Special characters of subjects, URLs, quoted-printable and percent-encoding, and multi-byte letters. */
const hostile = Schema.Literals([..."=%._*>-+/\\'\"()!~@ \0\t\n\r\u007f\u0085aA0fFé\u{1f4da}"])

const anyText = Arbitrary.map(Arbitrary.array(Arbitrary.schema(hostile), { maxLength: 60 }), (all) => all.join(""))
const anyUnicode = Arbitrary.map(Arbitrary.schema(Schema.String.check(Schema.isMaxLength(80))), wellFormed)
const anyNumber = Arbitrary.schema(Schema.Finite)
const upTo = (runs: number) => ({ arbitrary: { runs, size: 200 } })

const singleKey = { value: Schema.String }
const tokenOf = (value: unknown) => Key.tokens(singleKey, { value } as never)[0]!
const invalidKeyOf = (value: unknown): Key.InvalidKey => {
  try {
    Key.tokens(singleKey, { value } as never)
  } catch (error) {
    if (error instanceof Key.InvalidKey) return error
    throw error
  }
  throw new Error(`it was encoded: ${JSON.stringify(value)}`)
}

describe("The token of a value in a key", () => {
  it("is the value itself if that has only letters, digits and -", () => {
    for (const value of ["2022-12-12", "moby", "A-z-0", "-", "1", 1, -1, 9999, true, false, { id: 7 }, { id: "ann" }]) {
      assert.strictEqual(tokenOf(value), String((value as { id?: unknown }).id ?? value))
    }
    const key = { room: Schema.Struct({ id: Schema.Int }), date: Schema.String }
    const about = { room: { id: 1 }, date: "2022-12-12" }
    assert.strictEqual(Boundary.streamId({ name: "room-night", key }, about).key, "1_2022-12-12")
    assert.strictEqual(Key.toBucketKey(Key.tokens(key, about)), "1.2022-12-12")
  })

  it("escapes all other characters byte by byte", () => {
    const tokens: ReadonlyArray<readonly [value: unknown, token: string]> = [
      ["", "="],
      ["=", "=3D"],
      ["john.doe@example.com", "john=2Edoe=40example=2Ecom"],
      ["a_b", "a=5Fb"],
      ["*", "=2A"],
      [">", "=3E"],
      ["50%", "50=25"],
      ["a b", "a=20b"],
      ["\0\n", "=00=0A"],
      ["é", "=C3=A9"],
      ["e\u0301", "e=CC=81"],
      ["\u{1f4da}", "=F0=9F=93=9A"],
      ["(it's!~)", "=28it=27s=21=7E=29"],
      [1.5, "1=2E5"],
      [-0.25, "-0=2E25"],
      [1e21, "1e=2B21"],
      [5e-324, "5e-324"],
      [-0, "0"]
    ]
    for (const [value, token] of tokens) assert.strictEqual(tokenOf(value), token, JSON.stringify(value))
  })

  for (const [name, text] of [
    ["special characters of subjects and URLs", anyText],
    ["Unicode", anyUnicode]
  ] as const) {
    it.prop(
      `has only safe characters, and is decoded to the same text: ${name}`,
      [text],
      ([text]) => {
        const token = KeyToken.encode(text)
        assert.match(token, /^[A-Za-z0-9=-]+$/u)
        assert.strictEqual(KeyToken.decode(token), text)
      },
      upTo(2_000)
    )

    it.prop(
      `differs for different texts: ${name}`,
      [Arbitrary.array(text, { minLength: 2, maxLength: 40 })],
      ([texts]) => {
        assert.strictEqual(new Set(texts.map(KeyToken.encode)).size, new Set(texts).size)
        const keys = texts.map((text, n) =>
          Key.toSubjectToken([KeyToken.encode(text), KeyToken.encode(texts.at(n - 1)!)])
        )
        const pairs = new Set(texts.map((text, n) => JSON.stringify([text, texts.at(n - 1)])))
        assert.strictEqual(new Set(keys).size, pairs.size)
      },
      upTo(300)
    )
  }

  it.prop(
    "is decoded to the same number",
    [anyNumber],
    ([number]) => {
      assert.match(tokenOf(number), /^[A-Za-z0-9=-]+$/u)
      assert.strictEqual(Number(KeyToken.decode(tokenOf(number))), number === 0 ? 0 : number)
    },
    upTo(1_000)
  )

  it.prop(
    "is decoded only if it is what the encoder writes",
    [
      Arbitrary.map(
        Arbitrary.array(Arbitrary.schema(Schema.Literals([..."=2EeC3A9a-_. "])), { maxLength: 12 }),
        (all) => all.join("")
      )
    ],
    ([token]) => {
      const text = KeyToken.decode(token)
      if (text !== undefined) assert.strictEqual(KeyToken.encode(text), token)
    },
    upTo(3_000)
  )

  it("does not exist for a value that is not a valid string, finite number or boolean", () => {
    const invalidValues: ReadonlyArray<readonly [value: unknown, reason: string]> = [
      ["a\ud800", "half of a surrogate pair"],
      ["\udc00a", "half of a surrogate pair"],
      [Number.NaN, "a finite number, got NaN"],
      [Number.POSITIVE_INFINITY, "a finite number, got Infinity"],
      [undefined, "got undefined"],
      [null, "got null"],
      [{}, "got object"],
      [["a"], "got object"],
      [new Date(0), "got object"],
      [10n, "got bigint"],
      ["x".repeat(1_025), "at most 1024 characters"],
      ["é".repeat(200), "at most 1024 characters when it is escaped, got 1200"]
    ]
    for (const [value, reason] of invalidValues) {
      const { field, message } = invalidKeyOf(value)
      assert.strictEqual(field, "value")
      assert.include(message, reason)
    }
    assert.strictEqual(invalidKeyOf({ id: Number.NaN }).field, "value.id")
    assert.strictEqual(tokenOf("x".repeat(1_024)).length, 1_024)
    const key = { a: Schema.String, b: Schema.String }
    const long = { a: "x".repeat(1_000), b: "y".repeat(1_000) }
    assert.throws(() => Key.tokens(key, long), "a cannot name a thing: Expected a key of at most 1536 characters")
  })

  it("is decoded only if the whole key is valid", () => {
    const key = { a: Schema.String, b: Schema.String }
    assert.deepStrictEqual(Key.fromSubjectToken(key, "a=2Eb_="), ["a.b", ""])
    assert.deepStrictEqual(Key.fromBucketKey(key, "a=2Eb.="), ["a.b", ""])
    for (const bad of ["a", "a_b_c", "a_", "_a", "a_=4", "a_=41", "a_=c3=a9", "a_=C3", "a_=ED=A0=80", "a_é", ""]) {
      assert.isUndefined(Key.fromSubjectToken(key, bad), bad)
    }
    assert.deepStrictEqual(Key.fromSubjectToken({}, "all"), [])
    assert.isUndefined(Key.fromSubjectToken({}, "none"))
  })
})

describe("A key filter", () => {
  it("selects rows by subject patterns and by the decoded values", () => {
    const { fits, patterns } = keyFilter(note, { member: { is: "jo@example.com" }, topic: { from: "a", to: "c" } })
    assert.deepStrictEqual(patterns, ["jo=40example=2Ecom.*"])
    assert.isTrue(fits(["jo@example.com", "b.*"]))
    assert.isFalse(fits(["jo@example.com", "d"]))
  })
})

describe("A command", () => {
  const about = { member: { id: "ann@example.com" }, topic: "a", score: 1.5, open: true }
  const resolveStreams = commandStreams(notebook)
  const checkRowKeys = rowKeyChecker(notebook)

  it("fails if its input names no event stream", () => {
    const { field } = Result.getOrThrow(Result.flip(resolveStreams(WriteNote, { ...about, topic: "\ud800" })))
    assert.strictEqual(field, "topic")
  })

  it("fails if one of its events names no row in a view with another key than the event stream", () => {
    const event = new NoteWritten({ ...about, text: "" })
    assert.isTrue(Result.isSuccess(checkRowKeys([event])))
    const { field } = Result.getOrThrow(Result.flip(checkRowKeys([{ ...event, score: Number.NaN } as NoteWritten])))
    assert.strictEqual(field, "score")
  })
})
