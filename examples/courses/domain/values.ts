import { Schema, SchemaTransformation } from "effect"

const id = (example: string) =>
  Schema.String.check(Schema.isPattern(/^[A-Za-z0-9-]{1,40}$/u)).annotate({ examples: [example] })

export const Course = Schema.Struct({ id: id("c1") }).annotate({ identifier: "Course" })
export type Course = typeof Course.Type

export const Student = Schema.Struct({ id: id("s1") }).annotate({ identifier: "Student" })
export type Student = typeof Student.Type

/** How many students a course accepts. */
export const Capacity = Schema.Int.check(Schema.isBetween({ minimum: 1, maximum: 100_000 })).annotate({
  identifier: "Capacity"
})

/** The name of an account. Names in upper and lower case are the same name, so it is read in lower case. */
export const Username = Schema.String.pipe(
  Schema.decodeTo(Schema.String.check(Schema.isPattern(/^[a-z0-9._-]{1,40}$/u)), SchemaTransformation.toLowerCase())
).annotate({ identifier: "Username", examples: ["u1"] })

export const InvoiceNumber = Schema.Int.check(
  Schema.isBetween({ minimum: 1, maximum: Number.MAX_SAFE_INTEGER })
).annotate({ identifier: "InvoiceNumber" })

export const EmailAddress = Schema.String.check(Schema.isPattern(/^[^@\s]{1,64}@[^@\s]{1,189}$/u)).annotate({
  identifier: "EmailAddress",
  examples: ["john.doe@example.com"]
})

export const PersonName = Schema.String.check(Schema.isMinLength(1), Schema.isMaxLength(100)).annotate({
  identifier: "PersonName"
})

/** A one-time password: the app makes one of 43 characters for each sign-up. */
export const Otp = Schema.String.check(Schema.isPattern(/^[\w-]{6,43}$/u)).annotate({ identifier: "Otp" })

export const Product = Schema.Struct({ id: id("p1") }).annotate({ identifier: "Product" })

/** A price in the smallest unit of the currency. */
export const Price = Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 1_000_000_000 })).annotate({
  identifier: "Price"
})

export const Order = Schema.Struct({ id: id("o12345") }).annotate({ identifier: "Order" })

/** A product that was ordered, at the price that was displayed. */
export const OrderItem = Schema.Struct({ product: Product, price: Price }).annotate({ identifier: "OrderItem" })

/** A random text that a client makes for each order, and repeats when it sends that order again. */
export const IdempotencyToken = Schema.String.check(Schema.isPattern(/^[\w-]{1,64}$/u)).annotate({
  identifier: "IdempotencyToken",
  examples: ["11111"]
})
