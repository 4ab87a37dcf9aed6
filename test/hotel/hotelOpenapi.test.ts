import { expect, it } from "@effect/vitest"
import { OpenApi } from "effect/http-api"
import { hotelBooking } from "#features/hotel-booking/index.ts"
import { apiOf } from "#layers/http/contract/api.ts"

it("the hotel's OpenAPI document has the bounds of an id in a path, and an example of a valid body", () => {
  const document = JSON.parse(JSON.stringify(OpenApi.fromApi(apiOf(hotelBooking))))
  const night = document["paths"]["/rooms/{room}/nights/{date}"].get
  expect(night.parameters[0].schema).toMatchObject({ type: "integer", minimum: 1, maximum: 9_999 })
  expect(night.parameters.at(-1).schema).toMatchObject({ type: "integer", minimum: 0 })
  expect(document["components"].schemas.BookRoomRequest.examples).toEqual([
    { data: { room: { id: 1 }, client: { id: 1 }, date: "2022-12-12" } }
  ])
})
