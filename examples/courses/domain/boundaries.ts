import { Boundary } from "#domain/model/index.ts"
import { Course, EmailAddress, IdempotencyToken, Order, Product, Student, Username } from "./values.ts"

/** A course and its subscriptions: what an aggregate of the course would be. */
export const TheCourse = Boundary.make({ name: "course", key: { course: Course } })

/** The subscriptions of one student. */
export const TheStudent = Boundary.make({ name: "student", key: { student: Student } })

/** Who has had this name. */
export const TheUsername = Boundary.make({ name: "username", key: { username: Username } })

/** All invoices, so that their numbers have no gaps. */
export const AllInvoices = Boundary.make({ name: "invoices", key: {} })

/** The sign-ups of one email address. */
export const TheEmailAddress = Boundary.make({ name: "email-address", key: { emailAddress: EmailAddress } })

/** The prices of one product. */
export const TheProduct = Boundary.make({ name: "product", key: { product: Product } })

export const TheOrder = Boundary.make({ name: "order", key: { order: Order } })

/** What was done with one idempotency token. */
export const TheIdempotencyToken = Boundary.make({
  name: "idempotency-token",
  key: { idempotencyToken: IdempotencyToken }
})
