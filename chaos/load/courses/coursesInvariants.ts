import { CourseCapacityChanged } from "#examples/courses/domain/course/CourseCapacityChanged.ts"
import { CourseDefined } from "#examples/courses/domain/course/CourseDefined.ts"
import { InvoiceCreated } from "#examples/courses/domain/invoice/InvoiceCreated.ts"
import { ProductOrdered } from "#examples/courses/domain/order/ProductOrdered.ts"
import { ProductsOrdered } from "#examples/courses/domain/order/ProductsOrdered.ts"
import { OrderPlaced } from "#examples/courses/domain/placement/OrderPlaced.ts"
import { ProductDefined } from "#examples/courses/domain/product/ProductDefined.ts"
import { ProductPriceChanged } from "#examples/courses/domain/product/ProductPriceChanged.ts"
import { SignUpInitiated } from "#examples/courses/domain/sign-up/SignUpInitiated.ts"
import { StudentSubscribedToCourse } from "#examples/courses/domain/subscription/StudentSubscribedToCourse.ts"
import { AccountClosed } from "#examples/courses/domain/username/AccountClosed.ts"
import { AccountRegistered } from "#examples/courses/domain/username/AccountRegistered.ts"
import { UsernameChanged } from "#examples/courses/domain/username/UsernameChanged.ts"
import { UsernameReleased } from "#examples/courses/domain/username/UsernameReleased.ts"
import type { Invariant } from "../../checker/Evidence.ts"
import { eventInvariant } from "../eventInvariant.ts"

const maxCourses = 5

const seats = eventInvariant(
  "C1",
  "no course has more students than seats, and no student more than five courses",
  () => {
    const capacities = new Map<string, number>()
    const counts = new Map<string, number>()
    const increment = (key: string) => {
      const count = (counts.get(key) ?? 0) + 1
      counts.set(key, count)
      return count
    }
    return ({ event }) => {
      if (event instanceof CourseDefined) capacities.set(event.course.id, event.capacity)
      if (event instanceof CourseCapacityChanged) capacities.set(event.course.id, event.newCapacity)
      if (!(event instanceof StudentSubscribedToCourse)) return undefined
      const { course, student } = event
      if (increment(`course ${course.id}`) > (capacities.get(course.id) ?? 0))
        return `${course.id} has too many students`
      if (increment(`student ${student.id}`) > maxCourses) return `${student.id} has too many courses`
      return increment(`${course.id} ${student.id}`) > 1 ? `${student.id} has the course ${course.id} twice` : undefined
    }
  }
)

/** A name is given up for three days, which is longer than a run. */
const names = eventInvariant("C2", "each name is given once", () => {
  const given = new Set<string>()
  const held = new Set<string>()
  return ({ event }) => {
    if (event instanceof AccountClosed || event instanceof UsernameReleased)
      return held.delete(event.username) ? undefined : `${event.username} is given up by nobody`
    if (!(event instanceof AccountRegistered || event instanceof UsernameChanged)) return undefined
    const isFirst = !given.has(event.username)
    given.add(event.username)
    held.add(event.username)
    return isFirst ? undefined : `${event.username} is given again`
  }
})

const orders = eventInvariant(
  "C3",
  "each order and each token is used once, and each price in an order counted before",
  () => {
    const used = new Set<string>()
    const prices = new Set<string>()
    const isUsed = (key: string) => {
      const before = used.has(key)
      used.add(key)
      return before
    }
    return ({ event }) => {
      if (event instanceof ProductDefined) prices.add(`${event.product.id} ${event.price}`)
      if (event instanceof ProductPriceChanged) prices.add(`${event.product.id} ${event.newPrice}`)
      if (event instanceof OrderPlaced && isUsed(`token ${event.idempotencyToken}`))
        return `the token ${event.idempotencyToken} is used again`
      const items = event instanceof ProductOrdered ? [event] : event instanceof ProductsOrdered ? event.items : []
      const wrong = items.find(({ price, product }) => !prices.has(`${product.id} ${price}`))
      if (wrong) return `${wrong.product.id} is ordered at ${wrong.price}, which was never its price`
      const isOrder =
        event instanceof ProductOrdered || event instanceof ProductsOrdered || event instanceof OrderPlaced
      return isOrder && isUsed(`order ${event.order.id}`) ? `the order ${event.order.id} is placed again` : undefined
    }
  }
)

const invoices = eventInvariant("C4", "the numbers of invoices have no gaps", () => {
  let last = 0
  return ({ event }) =>
    event instanceof InvoiceCreated && event.invoiceNumber !== ++last
      ? `the invoice number ${event.invoiceNumber} is where ${last} is next`
      : undefined
})

const passwords = eventInvariant("C5", "no two sign-ups have the same one-time password", () => {
  const used = new Set<string>()
  return ({ event }) => {
    if (!(event instanceof SignUpInitiated)) return undefined
    const isFirst = !used.has(event.otp)
    used.add(event.otp)
    return isFirst ? undefined : `a one-time password of ${event.emailAddress} is of another sign-up`
  }
})

export const coursesInvariants: ReadonlyArray<Invariant> = [seats, names, orders, invoices, passwords]
