import { assert, describe, it } from "@effect/vitest"
import { Board } from "#domain/model/index.ts"
import { hotelBooking } from "#features/hotel-booking/index.ts"
import { problems, rejectionProblem } from "#layers/http/problems/problemTypes.ts"
import type { Problem } from "../../web/src/api/http.ts"
import { problemText, readProblemText } from "../../web/src/screens/shared/problemText.ts"

/** Words of those who build and run the hotel's software. */
const technical =
  /command|idempotency|\bids?\b|\blog\b|read model|\bview\b|event|position|header|JSON|UTF|KiB|NATS|server|operator|HOST|Origin|process|decide|retr|[`_{}]/u

const problem = (code: string, status: number, more: Partial<Problem> = {}): Problem => ({
  code,
  status,
  title: "Of the server",
  detail: "As the server says it.",
  ...more
})

describe("What guests and managers are told", () => {
  it("of every problem of the server's is in their words", () => {
    const codes = Object.values(problems)
    assert.isAbove(codes.length, 20)
    const others = [problem("502", 502), problem("404", 404), problem("Starting", 503), problem("Unreachable", 0)]
    for (const asked of [...codes.map(({ code, status }) => problem(code, status)), ...others]) {
      for (const { detail, title } of [problemText(asked), readProblemText(asked)]) {
        assert.notInclude(detail, "As the server says it", asked.code)
        assert.notMatch(title, technical, asked.code)
        assert.notMatch(detail, technical, asked.code)
        assert.match(detail, /\.$/u, asked.code)
      }
    }
  })

  it("of every rejection is what the board declares for it, and names nobody who is not known", () => {
    const rejections = Board.commandSlices(hotelBooking).flatMap(({ command }) => command.rejects)
    assert.isAbove(rejections.length, 5)
    for (const rejection of rejections) {
      const { code, description, status } = rejectionProblem(rejection)
      const { detail } = problemText(problem(code, status, { detail: description }))
      assert.strictEqual(detail, description)
      assert.match(detail, /\.$/u, code)
      assert.notMatch(detail, technical, code)
      assert.notMatch(detail, /somebody|client|\badd\b/iu, code)
    }
  })

  it("says when to try again, as the server asks", () => {
    const busy = (retryAfter?: number) =>
      problemText(problem("Contended", 503, retryAfter === undefined ? {} : { retryAfter })).detail
    assert.strictEqual(busy(), "Nothing was done. Try again in a moment.")
    assert.strictEqual(busy(1), "Nothing was done. Try again in a moment.")
    assert.strictEqual(busy(7), "Nothing was done. Try again in 7 seconds.")
    assert.strictEqual(busy(300), "Nothing was done. Try again in 5 minutes.")
  })

  it("names what cannot be taken, as it is named on the page", () => {
    const errors = [{ path: "data.client.id", message: "Expected a value between 1 and 999999999" }]
    const { detail } = problemText(problem("InvalidRequest", 400, { errors }))
    assert.strictEqual(detail, "Nothing was done. Check the guest number, and try again.")
  })

  it("tells what passes by itself from what does not", () => {
    const title = (code: string, status: number) => readProblemText(problem(code, status)).title
    assert.strictEqual(title("Unreachable", 0), "The hotel cannot be reached")
    assert.strictEqual(title("Offline", 0), "You are offline")
    assert.strictEqual(title("StoreUnavailable", 503), "The hotel's lists are not available")
    assert.strictEqual(title("ViewRebuilding", 503), "The hotel is preparing its lists")
    assert.strictEqual(title("RouteNotFound", 404), "This page does not fit the hotel any more")
    assert.strictEqual(title("HostNotAllowed", 421), "The hotel does not take this from here")
  })
})
