import { Schema } from "effect"

const name = Schema.String

export const TestResult = Schema.NullOr(Schema.Literals(["passed", "failed"])).annotate({
  description: "The result of the last test run; null if there was none, or if the code has changed since"
})
export type TestResult = typeof TestResult.Type

/** An event or a rejection as data. */
export const MessageExample = Schema.Struct({ type: name, data: Schema.JsonObject }).annotate({ identifier: "Said" })
export type MessageExample = typeof MessageExample.Type

export const When = Schema.Union([
  Schema.Struct({ command: name, input: Schema.JsonObject }),
  Schema.Struct({ fact: MessageExample }),
  Schema.Struct({ at: Schema.JsonObject.annotate({ description: "The key of the row" }) })
])

export const Then = Schema.Union([
  Schema.Struct({ facts: Schema.Array(MessageExample) }),
  Schema.Struct({ refusal: MessageExample }),
  Schema.Struct({ messages: Schema.Array(MessageExample) }),
  Schema.Struct({ row: Schema.JsonObject.annotate({ description: "The state of the row" }) })
])

export const Scenario = Schema.Struct({
  name: Schema.String.annotate({ description: "A sentence" }),
  given: Schema.Array(MessageExample),
  when: When,
  then: Then,
  result: TestResult
}).annotate({ identifier: "Scenario" })
export type Scenario = typeof Scenario.Type

export const Rule = Schema.Struct({
  text: Schema.String,
  scenarios: Schema.Array(Schema.Struct({ slice: Schema.String, scenario: Schema.String })).annotate({
    description: "The scenarios that prove the rule: in this slice, or in a view that reads its events"
  }),
  result: TestResult
}).annotate({ identifier: "Rule" })
export type Rule = typeof Rule.Type
