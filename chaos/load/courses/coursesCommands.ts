import { Effect, Random } from "effect"
import type { CommandCall } from "../BoardLoad.ts"

/** What clients contend for until the next generation: few of each, so that the limits of both sides count. */
const courseCount = 7
const studentCount = 9
const nameCount = 5
const productCount = 3
const orderCount = 12

const courseOf = (generation: number, n: number) => ({ id: `c${generation}-${n}` })
const productOf = (generation: number, n: number) => ({ id: `p${generation}-${n}` })

/** Prices rise from generation to generation, so that a displayed price may be one that never counted. */
const priceOf = (step: number) => 100 + step

const below = (count: number) => Random.nextIntBetween(0, count - 1)
const product = (generation: number) => Effect.map(below(productCount), (n) => productOf(generation, n))
const price = Effect.map(below(6), priceOf)
const order = (generation: number) => Effect.map(below(orderCount), (n) => ({ id: `o${generation}-${n}` }))
const username = (generation: number) => Effect.map(below(nameCount), (n) => `u${generation}-${n}`)
const item = (generation: number) =>
  Effect.map(Effect.all([product(generation), price]), ([product, displayedPrice]) => ({ product, displayedPrice }))

/** The commands that begin a generation. */
export const opening = (generation: number): ReadonlyArray<CommandCall> => [
  ...Array.from({ length: courseCount }, (_, n) => ({
    command: "DefineCourse",
    input: { course: courseOf(generation, n), capacity: 5 }
  })),
  ...Array.from({ length: productCount }, (_, n) => ({
    command: "DefineProduct",
    input: { product: productOf(generation, n), price: priceOf(n) }
  }))
]

/** A subscription of one of few students to one of few courses. */
const subscription = Effect.fnUntraced(function* (generation: number) {
  const course = courseOf(generation, yield* below(courseCount))
  const student = { id: `s${generation}-${yield* below(studentCount)}` }
  return { command: "SubscribeStudentToCourse", input: { course, student } } as CommandCall
})

const capacityChange = Effect.fnUntraced(function* (generation: number) {
  const course = courseOf(generation, yield* below(courseCount))
  return { command: "ChangeCourseCapacity", input: { course, newCapacity: yield* Random.nextIntBetween(2, 8) } }
})

const accountCommand = Effect.fnUntraced(function* (generation: number) {
  const name = yield* username(generation)
  const roll = yield* Random.next
  if (roll < 0.4) return { command: "RegisterAccount", input: { username: name } }
  if (roll < 0.5) return { command: "CloseAccount", input: { username: name } }
  return { command: "ChangeUsername", input: { oldUsername: name, newUsername: yield* username(generation) } }
})

/** Orders at prices that are checked, some with the id or the token of another order. */
const orderCommand = Effect.fnUntraced(function* (generation: number) {
  const ordered = yield* order(generation)
  const roll = yield* Random.next
  if (roll < 0.4) return { command: "OrderProduct", input: { order: ordered, ...(yield* item(generation)) } }
  if (roll < 0.7) {
    const items = [yield* item(generation), yield* item(generation)]
    return { command: "OrderProducts", input: { order: ordered, items } }
  }
  const idempotencyToken = `token${generation}-${yield* below(orderCount)}`
  return { command: "PlaceOrder", input: { order: ordered, idempotencyToken } }
})

const priceChange = Effect.fnUntraced(function* (generation: number) {
  return { command: "ChangeProductPrice", input: { product: yield* product(generation), newPrice: yield* price } }
})

/** Only the owner of the email address could confirm; nobody guesses the one-time password. */
const signUp = Effect.fnUntraced(function* (generation: number) {
  const emailAddress = `user${generation}-${yield* below(nameCount)}@example.com`
  if ((yield* Random.next) < 0.3) return { command: "ConfirmSignUp", input: { emailAddress, otp: "123456" } }
  return { command: "InitiateSignUp", input: { emailAddress, name: "Somebody" } }
})

const invoice = Effect.map(below(100), (n) => ({
  command: "CreateInvoice",
  input: { invoiceData: { customer: `customer${n}` } }
}))

/** A random command of a generation, often rejected. */
export const randomCommand = (generation: number): Effect.Effect<CommandCall> =>
  Effect.flatMap(Random.next, (roll): Effect.Effect<CommandCall> => {
    if (roll < 0.4) return subscription(generation)
    if (roll < 0.5) return capacityChange(generation)
    if (roll < 0.65) return accountCommand(generation)
    if (roll < 0.85) return orderCommand(generation)
    if (roll < 0.95) return priceChange(generation)
    return roll < 0.98 ? signUp(generation) : invoice
  })
