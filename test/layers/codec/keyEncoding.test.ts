import { assert, describe, it } from "@effect/vitest"
import { Arbitrary, Result, Schema } from "effect"
import { Boundary, Key, KeyToken } from "#domain/model/index.ts"
import { readPlans } from "#layers/commands/readPlans.ts"
import { keyFilter } from "#layers/views/keyFilter.ts"
import { note, notebook, NoteWritten, WriteNote } from "#test/boards/notesBoard.ts"

const wellFormed = (text: string) => text.toWellFormed()

/** What subjects, URLs, quoted-printable and percent-encoding are made of, besides letters of many bytes. */
const hostile = Schema.Literals([..."=%._*>-+/\\'\"()!~@ \0\t\n\r\u007f\u0085aA0fFé\u{1f4da}"])

const anyText = Arbitrary.map(Arbitrary.array(Arbitrary.schema(hostile), { maxLength: 60 }), (all) => all.join(""))
const anyUnicode = Arbitrary.map(Arbitrary.schema(Schema.String.check(Schema.isMaxLength(80))), wellFormed)
const anyNumber = Arbitrary.schema(Schema.Finite)
const upTo = (runs: number) => ({ arbitrary: { runs, size: 200 } })

const one = { word: Schema.String }
const tokenOf = (word: unknown) => Key.tokens(one, { word } as never)[0]!
const failure = (word: unknown): Key.InvalidKey => {
  try {
    Key.tokens(one, { word } as never)
  } catch (error) {
    if (error instanceof Key.InvalidKey) return error
    throw error
  }
  throw new Error(`it was encoded: ${JSON.stringify(word)}`)
}

describe("A word of a key as a token", () => {
  it("stays as it is where it is letters, digits and - already", () => {
    for (const word of ["2022-12-12", "moby", "A-z-0", "-", "1", 1, -1, 9999, true, false, { id: 7 }, { id: "ann" }]) {
      assert.strictEqual(tokenOf(word), String((word as { id?: unknown }).id ?? word))
    }
    const key = { room: Schema.Struct({ id: Schema.Int }), date: Schema.String }
    const about = { room: { id: 1 }, date: "2022-12-12" }
    assert.strictEqual(Boundary.streamId({ name: "room-night", key }, about).key, "1_2022-12-12")
    assert.strictEqual(Key.toBucketKey(Key.tokens(key, about)), "1.2022-12-12")
  })

  it("is escaped byte by byte where it is anything else", () => {
    const tokens: ReadonlyArray<readonly [word: unknown, token: string]> = [
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
    for (const [word, token] of tokens) assert.strictEqual(tokenOf(word), token, JSON.stringify(word))
  })

  for (const [name, text] of [
    ["what subjects and URLs are made of", anyText],
    ["Unicode", anyUnicode]
  ] as const) {
    it.prop(
      `is one token of few characters, and tells the text again: ${name}`,
      [text],
      ([text]) => {
        const token = KeyToken.encode(text)
        assert.match(token, /^[A-Za-z0-9=-]+$/u)
        assert.strictEqual(KeyToken.decode(token), text)
      },
      upTo(2_000)
    )

    it.prop(
      `of another text is another: ${name}`,
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
    "tells a number again",
    [anyNumber],
    ([number]) => {
      assert.match(tokenOf(number), /^[A-Za-z0-9=-]+$/u)
      assert.strictEqual(Number(KeyToken.decode(tokenOf(number))), number === 0 ? 0 : number)
    },
    upTo(1_000)
  )

  it.prop(
    "is read only as it is written",
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

  it("is refused where it is no text, no number and neither true nor false", () => {
    const wrong: ReadonlyArray<readonly [word: unknown, reason: string]> = [
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
    for (const [word, reason] of wrong) {
      const { field, message } = failure(word)
      assert.strictEqual(field, "word")
      assert.include(message, reason)
    }
    assert.strictEqual(failure({ id: Number.NaN }).field, "word.id")
    assert.strictEqual(tokenOf("x".repeat(1_024)).length, 1_024)
    const key = { a: Schema.String, b: Schema.String }
    const long = { a: "x".repeat(1_000), b: "y".repeat(1_000) }
    assert.throws(() => Key.tokens(key, long), "a cannot name a thing: Expected a key of at most 1536 characters")
  })

  it("is told apart from what is none, within the key it is of", () => {
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

describe("Rows are selected", () => {
  it("by patterns of what keys have, and by what their words say", () => {
    const { fits, patterns } = keyFilter(note, { member: { is: "jo@example.com" }, topic: { from: "a", to: "c" } })
    assert.deepStrictEqual(patterns, ["jo=40example=2Ecom.*"])
    assert.isTrue(fits(["jo@example.com", "b.*"]))
    assert.isFalse(fits(["jo@example.com", "d"]))
  })
})

describe("A command", () => {
  const about = { member: { id: "ann@example.com" }, topic: "a", score: 1.5, open: true }
  const plans = readPlans(notebook)

  it("is refused where its input names no place", () => {
    const { field } = Result.getOrThrow(Result.flip(plans.resolveStreams(WriteNote, { ...about, topic: "\ud800" })))
    assert.strictEqual(field, "topic")
  })

  it("is refused where an event of it names no row, in a view of another key than the event stream's", () => {
    const fact = new NoteWritten({ ...about, text: "" })
    assert.isTrue(Result.isSuccess(plans.checkRowKeys([fact])))
    const { field } = Result.getOrThrow(
      Result.flip(plans.checkRowKeys([{ ...fact, score: Number.NaN } as NoteWritten]))
    )
    assert.strictEqual(field, "score")
  })
})
