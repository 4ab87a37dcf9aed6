import { assert, describe, it } from "@effect/vitest"
import { Board } from "#domain/model/index.ts"
import { hotelBooking } from "#features/hotel-booking/index.ts"
import { problems, rejectionProblem } from "#layers/http/problems/problemTypes.ts"
import type { Problem } from "../../../web/src/api/httpClient.ts"
import { problemText, readProblemText } from "../../../web/src/screens/shared/problemText.ts"

/** Technical terms that guests and managers do not know. */
const technical =
  /command|idempotency|\bids?\b|\blog\b|read model|\bview\b|event|position|header|JSON|UTF|KiB|NATS|server|operator|HOST|Origin|process|decide|retr|[`_{}]/u

const problem = (code: string, status: number, more: Partial<Problem> = {}): Problem => ({
  code,
  status,
  title: "Title of the server",
  detail: "Detail of the server.",
  ...more
})

describe("The text for guests and managers", () => {
  it("of every problem of the server avoids technical terms", () => {
    const codes = Object.values(problems)
    assert.isAbove(codes.length, 20)
    const others = [problem("502", 502), problem("404", 404), problem("Starting", 503), problem("Unreachable", 0)]
    for (const each of [...codes.map(({ code, status }) => problem(code, status)), ...others]) {
      for (const { detail, title } of [problemText(each), readProblemText(each)]) {
        assert.notInclude(detail, "Detail of the server", each.code)
        assert.notMatch(title, technical, each.code)
        assert.notMatch(detail, technical, each.code)
        assert.match(detail, /\.$/u, each.code)
      }
    }
  })

  it("of every rejection is the one that the board declares, and does not refer to unknown people", () => {
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

  it("says when to try again, according to the server", () => {
    const busy = (retryAfter?: number) =>
      problemText(problem("Contended", 503, retryAfter === undefined ? {} : { retryAfter })).detail
    assert.strictEqual(busy(), "Nothing was done. Try again in a moment.")
    assert.strictEqual(busy(1), "Nothing was done. Try again in a moment.")
    assert.strictEqual(busy(7), "Nothing was done. Try again in 7 seconds.")
    assert.strictEqual(busy(300), "Nothing was done. Try again in 5 minutes.")
  })

  it("names the invalid fields as the page names them", () => {
    const errors = [{ path: "data.client.id", message: "Expected a value between 1 and 999999999" }]
    const { detail } = problemText(problem("InvalidRequest", 400, { errors }))
    assert.strictEqual(detail, "Nothing was done. Check the guest number, and try again.")
    const ofStay = [{ path: "data.nights", message: "Expected a value between 1 and 30" }]
    const stay = problemText(problem("InvalidRequest", 400, { errors: ofStay }))
    assert.strictEqual(stay.detail, "Nothing was done. Check the number of nights, and try again.")
  })

  it("of a rejection says which of several rooms and nights it is about", () => {
    const rejected = (code: string, more: Partial<Problem>) => problemText(problem(code, 409, more)).detail
    const taken = { room: { id: 3 }, date: "2026-05-06" }
    assert.strictEqual(
      rejected("RoomAlreadyBooked", taken),
      "Detail of the server. Room 3 is taken on Wednesday, 6 May 2026."
    )
    assert.strictEqual(rejected("RoomUnknown", { room: { id: 3 } }), "Detail of the server. There is no room 3.")
    assert.strictEqual(
      rejected("StayTooLate", { lastNight: "2099-12-31" }),
      "Detail of the server. The last night is Thursday, 31 December 2099."
    )
    assert.strictEqual(rejected("NotYourBooking", taken), "Detail of the server.")
  })

  it("says to who is signed in that something is for others, and to who is not to sign in", () => {
    const texts = (code: string, status: number) => {
      const { detail, title } = problemText(problem(code, status))
      const read = readProblemText(problem(code, status))
      return [title, detail, read.title, read.detail]
    }
    assert.deepStrictEqual(texts("NotPermitted", 403), [
      "You may not do this",
      "Nothing was done. It is for others at the hotel, or about the booking of another guest.",
      "This is for others at the hotel",
      "Sign in as somebody who may see it: the link is at the top of this page."
    ])
    assert.deepStrictEqual(texts("NotAuthenticated", 401), [
      "You are signed out",
      "Nothing was done. Sign in again, and try again.",
      "You are signed out",
      "Sign in to see this list."
    ])
    assert.strictEqual(texts("CrossSiteRequest", 403)[0], "The hotel does not accept this from here")
  })

  it("distinguishes problems that pass by themselves from those that do not", () => {
    const title = (code: string, status: number) => readProblemText(problem(code, status)).title
    assert.strictEqual(title("Unreachable", 0), "The hotel cannot be reached")
    assert.strictEqual(title("Offline", 0), "You are offline")
    assert.strictEqual(title("StoreUnavailable", 503), "The hotel's lists are not available")
    assert.strictEqual(title("ViewRebuilding", 503), "The hotel is preparing its lists")
    assert.strictEqual(title("RouteNotFound", 404), "This page is out of date")
    assert.strictEqual(title("HostNotAllowed", 421), "The hotel does not accept this from here")
  })
})
