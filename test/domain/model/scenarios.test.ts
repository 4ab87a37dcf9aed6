import { afterAll, assert, describe, it } from "@effect/vitest"
import { projectHttpOptions } from "#app/projectFiles.ts"
import { Board, Decide, type Slice } from "#domain/model/index.ts"
import { clinic } from "#test/boards/clinicBoard.ts"
import { confirmReturns, lending, ReturnConfirmed } from "#test/boards/lendingBoard.ts"
import { book, library } from "#test/boards/libraryBoard.ts"
import { faults, Misbehave, school } from "#test/boards/schoolBoard.ts"
import { template } from "#test/boards/templateBoard.ts"
import { apps } from "#test/support/appBoards.ts"
import { assertRefuted } from "#test/support/assertRefuted.ts"
import { scenarioResults } from "#test/support/scenarioResults.ts"
import { assertHolds, scenariosOf } from "#test/support/scenarios.ts"

for (const app of apps) {
  const { tested } = projectHttpOptions(app, undefined)
  const { note, write } = scenarioResults(tested.results, tested.code)
  describe(app.board.title, () => {
    afterAll(write)
    for (const [slice, scenarios] of Map.groupBy(scenariosOf(app.board), ({ slice }) => slice)) {
      describe(slice, () => {
        for (const scenario of scenarios)
          it(scenario.sentence, () => note(app.board.name, slice, scenario.sentence, () => assertHolds(scenario)))
      })
    }
  })
}

for (const board of [library, lending, clinic, template]) {
  describe(board.title, () => {
    for (const scenario of scenariosOf(board))
      it(`${scenario.slice}: ${scenario.sentence}`, () => assertHolds(scenario))
  })
}

describe("A scenario fails if its command may not make that decision, even if `then` expects it:", () => {
  const course = { id: "logic" }

  it.each(faults)("%s", (fault) => {
    const then = Misbehave.decide({ state: 0 }, { course, fault }, Decide.scenarioContext({}, { name: "Anybody" }))
    const misbehave = Board.commandSlices(school).find(({ command }) => command === Misbehave)
    const planted = { ...misbehave, scenarios: { planted: { given: [], when: { course, fault }, then } } } as Slice.Any
    const slices = school.slices.map((slice) => (slice === misbehave ? planted : slice))
    const scenario = scenariosOf({ ...school, slices }).find(({ sentence }) => sentence === "planted")!
    assert.throws(() => assertHolds(scenario), "made an invalid decision")
  })
})

describe("A scenario fails if an automation sends", () => {
  const refuted = assertRefuted(lending)

  it("other messages", () => {
    refuted(confirmReturns, "the reader is informed that a book is back", [])
    const others = [new ReturnConfirmed({ book, reader: { id: "bob" } })]
    refuted(confirmReturns, "the reader is informed that a book is back", others)
  })
})
