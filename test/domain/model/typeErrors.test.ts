import { spawnSync } from "node:child_process"
import { globSync } from "node:fs"
import { basename, join } from "node:path"
import { assert, describe, it } from "@effect/vitest"

const folder = "test/domain/model/typeErrors"

/** Each file of the folder has one mistake; this is what the first line of the compiler's error contains. */
const firstLines: Readonly<Record<string, string>> = {
  automationOtherInput: "Property 'student' is missing in type '{ course:",
  evolveLacksEvent: "Property 'Suspended' is missing in type '{ Enrolled:",
  evolveOtherState: "Type 'string' is not assignable to type 'number'",
  eventLacksKey: "Type 'typeof Suspended' is not assignable to type 'Any & { readonly Type: { readonly course:",
  initialOtherState: "Property 'taken' is missing in type '{}'",
  inputLacksKey: "'Struct<Fields> & { readonly Type: { readonly course:",
  laneEventLacksKey: "Type 'typeof Suspended' is not assignable to type 'Any & { readonly Type: { readonly course:",
  scenarioOtherInput: "Property 'student' is missing in type '{ course:",
  scenarioOtherMessage: "Property 'course' is missing in type 'WelcomeSent' but required in type 'SeatTaken'",
  undeclaredMessage: "Property 'course' is missing in type 'WelcomeSent' but required in type 'SeatTaken'",
  undeclaredEvent: "is missing in type 'Suspended' but required in type 'Enrolled'",
  undeclaredRejection: "Type 'CourseFull' is missing the following properties from type 'readonly Enrolled[]'",
  viewEventLacksKey: '"The event Suspended lacks a field of the view\'s key"',
  viewStateIsNoStruct: '"The state of a view must be a Schema.Struct"'
}

describe("The types of the model", () => {
  const { stdout } = spawnSync(
    process.execPath,
    ["node_modules/typescript/bin/tsc", "-p", folder, "--pretty", "false"],
    { encoding: "utf8" }
  )
  const errors = Map.groupBy(
    Array.from(stdout.matchAll(/^(\S+?)\.ts\(\d+,\d+\): error (.*)$/gmu), ([, file, text]) => ({
      file: basename(file!),
      text: text!
    })),
    ({ file }) => file
  )

  for (const [file, expected] of Object.entries(firstLines)) {
    it(`reject ${file}, with one error`, () => {
      const found = (errors.get(file) ?? []).map(({ text }) => text)
      assert.strictEqual(found.length, 1, found.join("\n"))
      assert.include(found[0], expected)
    })
  }

  it("accept the board that these are variations of", () => {
    assert.deepStrictEqual([...errors.keys()].sort(), Object.keys(firstLines).sort())
    const files = globSync(join(folder, "*.ts")).map((file) => basename(file, ".ts"))
    assert.sameMembers(files, ["parts", ...Object.keys(firstLines)])
  })
})
