import { spawnSync } from "node:child_process"
import { globSync } from "node:fs"
import { basename, join } from "node:path"
import { assert, describe, it } from "@effect/vitest"

const folder = "test/domain/model/typeErrors"

/** Each file of the folder has one mistake; this is what the first line of the compiler's error contains. */
const firstLines: Readonly<Record<string, string>> = {
  alsoEventLacksKey: "'Any & { readonly Type: { readonly course: { readonly id: number; }; } & { readonly student:",
  automationOtherInput: "Property 'student' is missing in type '{ course:",
  evolveLacksEvent: "Property 'Suspended' is missing in type '{ Enrolled:",
  evolveOtherState: "Type 'string' is not assignable to type 'number'",
  checkInputLacksKey: "Type 'Read<{ readonly student:",
  initialOtherState: "Property 'taken' is missing in type '{}'",
  inputLacksKey: "Type 'Read<{ readonly course:",
  laneEventLacksKey: "Type 'typeof Suspended' is not assignable to type 'Any & { readonly Type: { readonly course:",
  readAtOtherField: "Type 'Read<InputWith<",
  readAtOtherWord: "'student' does not exist in type '{ readonly course?: string; }'",
  readEachOtherKey: "ReadonlyArray<typeof Student.Type>; }) => { student:",
  readEventLacksKey: `"The event Suspended lacks a word of the boundary's key"`,
  scenarioOtherGiven: "Type 'SeatTaken' is not assignable to type '",
  scenarioOtherInput: "Property 'student' is missing in type '{ course:",
  scenarioOtherMessage: "Property 'course' is missing in type 'WelcomeSent' but required in type 'SeatTaken'",
  undeclaredMessage: "Property 'course' is missing in type 'WelcomeSent' but required in type 'SeatTaken'",
  undeclaredEvent: "is missing in type 'Suspended' but required in type 'Enrolled'",
  unknownState: "Property 'rooms' does not exist on type 'States<{ seats:",
  undeclaredRejection: "Type 'CourseFull' is missing the following properties from type 'readonly Enrolled[]'",
  viewEventLacksKey: '"The event Suspended lacks a field of the view\'s key"',
  viewStateIsNoStruct: '"The state of a view must be a Schema.Struct"'
}

/** Where the first line names only a read, its last line names what is missing. */
const lastLines: Readonly<Record<string, string>> = {
  alsoEventLacksKey: "Property 'student' is missing in type 'SeatTaken'",
  checkInputLacksKey: "Property 'student' is missing in type '{ readonly course:",
  inputLacksKey: "Property 'course' is missing in type '{ readonly student:",
  readAtOtherField: "Property 'oldCourse' is missing in type '{ readonly newCourse:",
  readEachOtherKey: "Property 'course' is missing in type '{ student:"
}

describe("The types of the model", () => {
  const { stdout } = spawnSync(
    process.execPath,
    ["node_modules/typescript/bin/tsc", "-p", folder, "--pretty", "false"],
    { encoding: "utf8" }
  )
  const errors = Map.groupBy(
    Array.from(stdout.matchAll(/^(\S+?)\.ts\(\d+,\d+\): error (.*(?:\n  .*)*)/gmu), ([, file, text]) => ({
      file: basename(file!),
      text: text!
    })),
    ({ file }) => file
  )

  for (const [file, expected] of Object.entries(firstLines)) {
    it(`reject ${file}, with one error`, () => {
      const found = (errors.get(file) ?? []).map(({ text }) => text)
      assert.strictEqual(found.length, 1, found.join("\n"))
      const lines = found[0]!.trimEnd().split("\n")
      assert.include(lines[0], expected)
      assert.include(lines.at(-1), lastLines[file] ?? "")
    })
  }

  it("accept the board that these are variations of", () => {
    assert.deepStrictEqual([...errors.keys()].sort(), Object.keys(firstLines).sort())
    const files = globSync(join(folder, "*.ts")).map((file) => basename(file, ".ts"))
    assert.sameMembers(files, ["parts", ...Object.keys(firstLines)])
  })
})
