import { assert, describe, it } from "@effect/vitest"
import { globSync, readFileSync } from "node:fs"
import { dirname, join } from "node:path/posix"

const root = new URL("../", import.meta.url)

interface File {
  readonly path: string
  readonly text: string
}

const files: ReadonlyArray<File> = globSync("src/**/*.ts", { cwd: root }).map((found) => {
  const path = found.replaceAll("\\", "/")
  return { path, text: readFileSync(new URL(path, root), "utf8") }
})
const under = (...folders: ReadonlyArray<string>) =>
  files.filter(({ path }) => folders.some((folder) => path.startsWith(`src/${folder}/`)))

const roots: Record<string, string> = {
  "#domain/": "src/domain/",
  "#features/": "src/features/",
  "#layers/": "src/layers/"
}

/** What a file imports: files of ours by their path, packages by their name. */
const importsOf = ({ path, text }: File): ReadonlyArray<string> =>
  [...text.matchAll(/\b(?:from|import)\s*\(?\s*"([^"]+)"/gu)].map(([, name = ""]) => {
    if (name.startsWith(".")) return join(dirname(path), name)
    const alias = Object.keys(roots).find((alias) => name.startsWith(alias))
    return alias === undefined ? name : name.replace(alias, roots[alias]!)
  })

const isEffect = (name: string) => name === "effect" || name.startsWith("effect/")
const isPackage = (name: string) => !name.startsWith("src/")
const isBoard = (path: string) => /^src\/features\/[^/]+\/index\.ts$/u.test(path)

/** Where a file may import from, by where it stands. The first that fits; what fits none, as `main.ts`, is free. */
const houses: ReadonlyArray<readonly [home: RegExp, may: (name: string, home: string, path: string) => boolean]> = [
  [/^src\/domain\/grammar\//u, (name) => isEffect(name) || name.startsWith("src/domain/grammar/")],
  [/^src\/domain\//u, (name) => isEffect(name) || name.startsWith("src/domain/")],
  [
    /^src\/features\/[^/]+\/(?:[^/]+\/)?/u,
    (name, home, path) =>
      isEffect(name) ||
      name.startsWith("src/domain/") ||
      (isBoard(path) ? name.startsWith(home) && name.endsWith("/index.ts") : name.startsWith(home))
  ],
  [
    /^src\/layers\//u,
    (name) => isPackage(name) || name.startsWith("src/layers/") || name.startsWith("src/domain/grammar/")
  ]
]

const astray = (file: File): ReadonlyArray<string> => {
  for (const [pattern, may] of houses) {
    const home = pattern.exec(file.path)?.[0]
    if (home === undefined) continue
    return importsOf(file)
      .filter((name) => !may(name, home, file.path))
      .map((name) => `${file.path} imports ${name}`)
  }
  return []
}

describe("Directions:", () => {
  it("every import leads where it may", () => {
    assert.isAtLeast(files.flatMap(importsOf).length, 200)
    assert.deepStrictEqual(files.flatMap(astray), [])
  })

  it("an import that leads astray is seen", () => {
    const slice = "src/features/hotel-booking/book-room/BookRoom.ts"
    const board = "src/features/hotel-booking/index.ts"
    const wrong: ReadonlyArray<readonly [path: string, from: string]> = [
      ["src/domain/words.ts", "node:crypto"],
      ["src/domain/words.ts", "#layers/Ids.ts"],
      ["src/domain/words.ts", "#features/hotel-booking/index.ts"],
      ["src/domain/booking/lane.ts", "../../layers/Ids.ts"],
      ["src/domain/grammar/Key.ts", "#domain/words.ts"],
      ["src/domain/grammar/laws/keys.ts", "../../words.ts"],
      [slice, "../check-in/CheckIn.ts"],
      [slice, "#features/hotel-booking/check-in/CheckIn.ts"],
      [slice, "../index.ts"],
      [slice, "#layers/runtime/Commands.ts"],
      [slice, "effectful"],
      [slice, "cloudevents"],
      [board, "#layers/runtime/Commands.ts"],
      [board, "../lending/index.ts"],
      [board, "./book-room/BookRoom.ts"],
      ["src/layers/runtime/Commands.ts", "#features/hotel-booking/index.ts"],
      ["src/layers/runtime/Commands.ts", "#domain/words.ts"],
      ["src/layers/runtime/Commands.ts", "../../domain/boundaries.ts"],
      ["src/layers/nats/streams.ts", "#domain/booking/lane.ts"],
      ["src/layers/nats/streams.ts", "../../main.ts"]
    ]
    for (const [path, from] of wrong) {
      for (const text of [`import { a } from "${from}"`, `export * from "${from}"`, `await import("${from}")`]) {
        assert.strictEqual(astray({ path, text }).length, 1, `${path} imports ${from}`)
      }
    }
  })
})

const lines = ({ text }: File) => text.split("\n").length - 1
const longer = (than: number) => (file: File) => (lines(file) > than ? [`${file.path} has ${lines(file)} lines`] : [])

describe("Sizes:", () => {
  it("a file of the domain and the features is read at a glance", () => {
    const sizes = under("domain", "features")
      .map(lines)
      .sort((a, b) => a - b)
    assert.isAtMost(sizes[Math.floor(sizes.length / 2)]!, 25)
    assert.deepStrictEqual(under("domain", "features").flatMap(longer(80)), [])
  })

  it("a file of the layers has one reason to be there", () => {
    assert.deepStrictEqual(under("layers").flatMap(longer(200)), [])
  })
})

/** What makes the same facts decide otherwise another time. Comments may speak of it. */
const impure = ({ path, text }: File): ReadonlyArray<string> => {
  const code = text.replaceAll(/\/\*[\s\S]*?\*\/|(?<=^|\s)\/\/.*$/gmu, "")
  const found =
    /\bDate\.now\b|\bnew Date\b|\bDate\(|\bMath\.random\b|\bprocess\.|\bcrypto\.|\bperformance\.|\bset(?:Timeout|Interval)\b|\bglobalThis\b|\bfetch\(/u
  const [reached] = found.exec(code) ?? []
  return reached === undefined ? [] : [`${path} has ${reached}: let it come in as input`]
}

describe("Purity:", () => {
  it("the domain and the features know no clock, no chance and no surroundings", () => {
    assert.deepStrictEqual(under("domain", "features").flatMap(impure), [])
  })

  it("what reaches for them is seen", () => {
    const reaching = ["Date.now()", "new Date(0)", "Math.random()", "process.env.HOME", "crypto.randomUUID()"]
    for (const text of reaching) assert.strictEqual(impure({ path: "", text: `const a = ${text}` }).length, 1, text)
    assert.deepStrictEqual(impure({ path: "", text: "/** Part of a process. */\n// not process.env\n" }), [])
  })
})
