import { Schema } from "effect"
import { Boundary } from "#domain/model/index.ts"

// The boundaries and events of the academy.

const id = Schema.String.check(Schema.isPattern(/^[a-z0-9]{1,20}$/u))
export const Course = Schema.Struct({ id })
export const Student = Schema.Struct({ id })
export const Room = Schema.Struct({ id })
export const Product = Schema.Struct({ id })
export const Order = Schema.Struct({ id })
export const Name = id
export const Night = Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 99_999 }))

export const CourseBoundary = Boundary.make({ name: "course", key: { course: Course } })
export const StudentBoundary = Boundary.make({ name: "student", key: { student: Student } })
export const GreetingBoundary = Boundary.make({ name: "greeting", key: { course: Course, student: Student } })
export const NameBoundary = Boundary.make({ name: "name", key: { name: Name } })
export const NightBoundary = Boundary.make({ name: "night", key: { room: Room, night: Night } })
export const ProductBoundary = Boundary.make({ name: "product", key: { product: Product } })
/** No lane has it as its own. */
export const CatalogueBoundary = Boundary.make({ name: "catalogue", key: { product: Product } })
export const OrderBoundary = Boundary.make({ name: "order", key: { order: Order } })
export const ShopBoundary = Boundary.make({ name: "shop", key: {} })

export class CourseOpened extends Schema.TaggedClass<CourseOpened>()("CourseOpened", {
  course: Course,
  capacity: Schema.Int
}) {}
export class StudentRegistered extends Schema.TaggedClass<StudentRegistered>()("StudentRegistered", {
  student: Student
}) {}
export class StudentSubscribed extends Schema.TaggedClass<StudentSubscribed>()("StudentSubscribed", {
  course: Course,
  student: Student
}) {}
export class StudentGreeted extends Schema.TaggedClass<StudentGreeted>()("StudentGreeted", {
  course: Course,
  student: Student,
  times: Schema.Int
}) {}
export class NameClaimed extends Schema.TaggedClass<NameClaimed>()("NameClaimed", { name: Name }) {}
export class NameReleased extends Schema.TaggedClass<NameReleased>()("NameReleased", { name: Name }) {}
export class NightTaken extends Schema.TaggedClass<NightTaken>()("NightTaken", { room: Room, night: Night }) {}
export class PriceSet extends Schema.TaggedClass<PriceSet>()("PriceSet", { product: Product, price: Schema.Int }) {}
export class OrderPlaced extends Schema.TaggedClass<OrderPlaced>()("OrderPlaced", {
  order: Order,
  product: Product,
  price: Schema.Int
}) {}
export class ShopOpened extends Schema.TaggedClass<ShopOpened>()("ShopOpened", {}) {}

export class NotPossible extends Schema.TaggedClass<NotPossible>()("NotPossible", { why: Schema.String }) {}

let last = 0

/** An unused id, so that tests can share one log. */
export const freshId = () => ({ id: `n${(last++).toString(36)}` })
