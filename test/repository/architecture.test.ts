import { globSync, readFileSync } from "node:fs"
import { basename, dirname, join } from "node:path/posix"
import { assert, describe, it } from "@effect/vitest"
import { apps } from "#test/support/appBoards.ts"

const root = new URL("../../", import.meta.url)

interface File {
  readonly path: string
  readonly text: string
}

const files: ReadonlyArray<File> = globSync("{src,examples}/**/*.ts", { cwd: root }).map((found) => {
  const path = found.replaceAll("\\", "/")
  return { path, text: readFileSync(new URL(path, root), "utf8") }
})
const under = (...folders: ReadonlyArray<string>) =>
  files.filter(({ path }) => folders.some((folder) => path.startsWith(`src/${folder}/`)))

const examples = files.filter(({ path }) => path.startsWith("examples/"))

const roots: Record<string, string> = {
  "#domain/": "src/domain/",
  "#features/": "src/features/",
  "#layers/": "src/layers/",
  "#nats-server/": "src/nats-server/",
  "#app/": "src/app/",
  "#examples/": "examples/"
}

/** The imports of a file: files of this project by their path, packages by their name. */
const importsOf = ({ path, text }: File): ReadonlyArray<string> =>
  [...text.matchAll(/\b(?:from|import)\s*\(?\s*"([^"]+)"/gu)].map(([, name = ""]) => {
    if (name.startsWith(".")) return join(dirname(path), name)
    const alias = Object.keys(roots).find((alias) => name.startsWith(alias))
    return alias === undefined ? name : name.replace(alias, roots[alias]!)
  })

const isEffect = (name: string) => name === "effect" || name.startsWith("effect/")
const isPackage = (name: string) => !/^(?:src|examples)\//u.test(name)
const isModel = (name: string) => name.startsWith("src/domain/model/")
const isBoard = (path: string) => /^src\/features\/[^/]+\/index\.ts$/u.test(path)

/** The other folders that a folder of the layers may import from, besides packages and the model. */
const layers: Record<string, ReadonlyArray<string>> = {
  access: [],
  collections: [],
  timing: [],
  contract: [],
  services: ["contract"],
  codec: ["services"],
  buckets: ["contract", "services"],
  processors: ["buckets", "services", "timing"],
  deadLetters: ["buckets", "contract", "processors", "services", "timing"],
  commands: ["buckets", "codec", "collections", "services", "timing"],
  views: ["buckets", "codec", "contract", "deadLetters", "processors", "services", "timing"],
  automations: ["buckets", "codec", "commands", "deadLetters", "processors", "services"],
  blueprint: ["buckets", "codec", "contract", "processors", "services", "views"],
  monitoring: ["buckets", "codec", "contract", "deadLetters", "processors", "services", "timing", "views"],
  telemetry: ["codec", "commands", "deadLetters", "processors", "services", "timing"],
  asyncapi: ["blueprint", "buckets", "codec", "commands", "contract", "processors", "services"],
  http: [
    "access",
    "asyncapi",
    "blueprint",
    "buckets",
    "commands",
    "contract",
    "deadLetters",
    "monitoring",
    "processors",
    "services",
    "telemetry",
    "timing",
    "views"
  ],
  messaging: ["codec", "http", "nats/connection", "telemetry", "timing"],
  memory: ["buckets", "codec", "contract", "processors", "services", "timing"]
}

/** The folders of `nats`: each may import from those before it, and from the folders that every adapter may import. */
const nats = [
  "messages",
  "connection",
  "publish",
  "provision",
  "consume",
  "read",
  "integrity",
  "live",
  "repair",
  "backup",
  "adapters"
]
nats.forEach((folder, n) => {
  layers[`nats/${folder}`] = [
    "buckets",
    "codec",
    "collections",
    "contract",
    "processors",
    "services",
    "timing",
    ...nats.slice(0, n).map((name) => `nats/${name}`)
  ]
})

/** The folder of the layers that a file belongs to; undefined for the files that compose them (`natsServices.ts`, `runBoard.ts`). */
const layer = /^src\/layers\/(nats\/[^/.]+|(?!nats\/)[^/.]+)\//u
const layerOf = (path: string) => layer.exec(path)?.[1]

const mayImport = (from: string, name: string) => {
  const other = layerOf(name)
  return other !== undefined && (other === from || layers[from]!.includes(other))
}

/** The allowed imports of a file, by its path: the first pattern that matches counts. Files without one, as `main.ts`, are free. */
const importRules: ReadonlyArray<readonly [home: RegExp, may: (name: string, home: string, path: string) => boolean]> =
  [
    [/^src\/domain\/model\//u, (name) => isEffect(name) || name.startsWith("src/domain/model/")],
    [/^src\/domain\//u, (name) => isEffect(name) || name.startsWith("src/domain/")],
    [
      /^src\/features\/[^/]+\/(?:[^/]+\/)?/u,
      (name, home, path) =>
        isEffect(name) ||
        name.startsWith("src/domain/") ||
        (isBoard(path) ? name.startsWith(home) && name.endsWith("/index.ts") : name.startsWith(home))
    ],
    [/^examples\/[^/]+\/domain\//u, (name, home) => isEffect(name) || isModel(name) || name.startsWith(home)],
    [
      /^examples\/[^/]+\/features\/[^/]+\//u,
      (name, home) =>
        isEffect(name) ||
        isModel(name) ||
        name.startsWith(home) ||
        name.startsWith(`${home.split("/").slice(0, 2).join("/")}/domain/`)
    ],
    // The board and its app: the lanes and the slices, but no part of a slice.
    [
      /^examples\/[^/]+\//u,
      (name, home) => isModel(name) || (name.startsWith(home) && /\/(?:lane|index)\.ts$/u.test(name))
    ],
    [
      layer,
      (name, _, path) => isPackage(name) || name.startsWith("src/domain/model/") || mayImport(layerOf(path)!, name)
    ],
    [
      /^src\/layers\//u,
      (name) => isPackage(name) || name.startsWith("src/layers/") || name.startsWith("src/domain/model/")
    ],
    // The accounts of a server are derived from the streams and commands that a board declares.
    [
      /^src\/nats-server\/accounts\//u,
      (name, home) =>
        isPackage(name) ||
        name.startsWith(home) ||
        name.startsWith("src/domain/model/") ||
        ["buckets", "codec", "processors", "services", "nats/publish", "nats/provision", "nats/integrity"].includes(
          layerOf(name) ?? ""
        )
    ],
    [
      /^src\/nats-server\//u,
      (name) =>
        isPackage(name) ||
        name.startsWith("src/nats-server/") ||
        ["services", "nats/connection"].includes(layerOf(name) ?? "")
    ]
  ]

const forbiddenImports = (file: File): ReadonlyArray<string> => {
  for (const [pattern, may] of importRules) {
    const home = pattern.exec(file.path)?.[0]
    if (home === undefined) continue
    return importsOf(file)
      .filter((name) => !may(name, home, file.path))
      .map((name) => `${file.path} imports ${name}`)
  }
  return []
}

describe("Directions:", () => {
  it("every file imports only what its folder allows", () => {
    assert.isAtLeast(files.flatMap(importsOf).length, 200)
    assert.deepStrictEqual(files.flatMap(forbiddenImports), [])
  })

  it("the folders of the layers are those of the list", () => {
    const found = new Set(under("layers").flatMap(({ path }) => layerOf(path) ?? []))
    assert.sameMembers([...found], Object.keys(layers))
  })

  it("a forbidden import is found", () => {
    const slice = "src/features/hotel-booking/book-room/BookRoom.ts"
    const board = "src/features/hotel-booking/index.ts"
    const forbidden: ReadonlyArray<readonly [path: string, from: string]> = [
      ["src/domain/values.ts", "node:crypto"],
      ["src/domain/values.ts", "#layers/Ids.ts"],
      ["src/domain/values.ts", "#features/hotel-booking/index.ts"],
      ["src/domain/booking/lane.ts", "../../layers/Ids.ts"],
      ["src/domain/model/Key.ts", "#domain/values.ts"],
      ["src/domain/model/validation/keyRules.ts", "../../values.ts"],
      [slice, "../check-in/CheckIn.ts"],
      [slice, "#features/hotel-booking/check-in/CheckIn.ts"],
      [slice, "../index.ts"],
      [slice, "#layers/commands/Commands.ts"],
      [slice, "effectful"],
      [slice, "cloudevents"],
      [board, "#layers/commands/Commands.ts"],
      [board, "../lending/index.ts"],
      [board, "./book-room/BookRoom.ts"],
      ["examples/courses/domain/values.ts", "#domain/values.ts"],
      ["examples/courses/domain/values.ts", "#examples/courses/features/courses/index.ts"],
      ["examples/courses/features/courses/Courses.ts", "#examples/courses/features/products/Products.ts"],
      ["examples/courses/features/courses/Courses.ts", "#layers/commands/Commands.ts"],
      ["examples/courses/index.ts", "./features/courses/Courses.ts"],
      ["examples/courses/app.ts", "#layers/commands/Commands.ts"],
      ["src/layers/commands/Commands.ts", "#examples/courses/index.ts"],
      ["src/layers/commands/Commands.ts", "#features/hotel-booking/index.ts"],
      ["src/layers/commands/Commands.ts", "#domain/values.ts"],
      ["src/layers/commands/Commands.ts", "../../domain/boundaries.ts"],
      ["src/layers/nats/provision/streamSpecs.ts", "#domain/booking/lane.ts"],
      ["src/layers/nats/provision/streamSpecs.ts", "../../../main.ts"],
      ["src/layers/commands/Commands.ts", "#layers/views/Views.ts"],
      ["src/layers/services/EventLog.ts", "#layers/codec/Subject.ts"],
      ["src/layers/http/response/sse.ts", "#layers/nats/connection/Nats.ts"],
      ["src/layers/nats/publish/publish.ts", "#layers/nats/adapters/EventLogNats.ts"],
      ["src/nats-server/EmbeddedServer.ts", "#layers/views/Views.ts"],
      ["src/nats-server/EmbeddedServer.ts", "#layers/nats/provision/streamSpecs.ts"],
      ["src/nats-server/accounts/users.ts", "#features/hotel-booking/index.ts"],
      ["src/nats-server/accounts/users.ts", "#layers/nats/connection/Nats.ts"]
    ]
    for (const [path, from] of forbidden) {
      for (const text of [`import { a } from "${from}"`, `export * from "${from}"`, `await import("${from}")`]) {
        assert.strictEqual(forbiddenImports({ path, text }).length, 1, `${path} imports ${from}`)
      }
    }
  })
})

const lines = ({ text }: File) => text.split("\n").length - 1
const longer = (than: number) => (file: File) => (lines(file) > than ? [`${file.path} has ${lines(file)} lines`] : [])

/** Names that several files have on purpose: each slice, lane and page has the same files. */
const sharedNames = new Set(["index.ts", "lane.ts", "scenarios.ts", "main.tsx"])
/** The files that each board has. */
const boardNames = ["app.ts", "actors.ts", "boundaries.ts", "values.ts", "rejections.ts"]
boardNames.forEach((name) => sharedNames.add(name))

describe("Names:", () => {
  it("no two files share a name, so a name finds its file", () => {
    const all = globSync("{src,examples,web/src,test,bench,chaos,scripts}/**/*.{ts,tsx,mts,mjs,cjs}", {
      cwd: root,
      exclude: (name) => name === "node_modules"
    })
    const byName = Map.groupBy(all, (path) => basename(path.replaceAll("\\", "/")))
    const shared = [...byName].filter(([name, paths]) => paths.length > 1 && !sharedNames.has(name))
    assert.isAbove(byName.size, 700)
    assert.deepStrictEqual(
      shared.map(([, paths]) => paths),
      []
    )
  })
})

describe("Sizes:", () => {
  it("files of the domain and the features are short", () => {
    for (const { board, code } of apps) {
      const own = files.filter(({ path }) => code.some((folder) => path.startsWith(`${folder}/`)))
      const sizes = own.map(lines).sort((a, b) => a - b)
      assert.isAtMost(sizes[Math.floor(sizes.length / 2)]!, 25, board.title)
      assert.deepStrictEqual(own.flatMap(longer(80)), [])
    }
  })

  it("files of the layers have at most 200 lines", () => {
    assert.deepStrictEqual(under("layers").flatMap(longer(200)), [])
  })
})

/** Expressions by which the same events could lead to another decision. Comments may contain them. */
const impure = ({ path, text }: File): ReadonlyArray<string> => {
  const code = text.replaceAll(/\/\*[\s\S]*?\*\/|(?<=^|\s)\/\/.*$/gmu, "")
  const found =
    /\bDate\.now\b|\bnew Date\b|\bDate\(|\bMath\.random\b|\bprocess\.|\bcrypto\.|\bperformance\.|\bset(?:Timeout|Interval)\b|\bglobalThis\b|\bfetch\(/u
  const [expression] = found.exec(code) ?? []
  return expression === undefined ? [] : [`${path} has ${expression}: pass it as input`]
}

describe("Purity:", () => {
  it("the domain and the features use no clock, no random numbers and no environment", () => {
    assert.deepStrictEqual([...under("domain", "features"), ...examples].flatMap(impure), [])
  })

  it("an impure expression is found", () => {
    const expressions = ["Date.now()", "new Date(0)", "Math.random()", "process.env.HOME", "crypto.randomUUID()"]
    for (const text of expressions) assert.strictEqual(impure({ path: "", text: `const a = ${text}` }).length, 1, text)
    assert.deepStrictEqual(impure({ path: "", text: "/** Part of a process. */\n// not process.env\n" }), [])
  })
})
