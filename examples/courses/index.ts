import { Board } from "#domain/model/index.ts"
import { Courses } from "./domain/course/lane.ts"
import { Invoices } from "./domain/invoice/lane.ts"
import { Orders } from "./domain/order/lane.ts"
import { Placements } from "./domain/placement/lane.ts"
import { Products } from "./domain/product/lane.ts"
import { SignUps } from "./domain/sign-up/lane.ts"
import { Subscriptions } from "./domain/subscription/lane.ts"
import { Usernames } from "./domain/username/lane.ts"
import { changeCourseCapacity } from "./features/change-course-capacity/index.ts"
import { changeProductPrice } from "./features/change-product-price/index.ts"
import { changeUsername } from "./features/change-username/index.ts"
import { closeAccount } from "./features/close-account/index.ts"
import { confirmSignUp } from "./features/confirm-sign-up/index.ts"
import { courses } from "./features/courses/index.ts"
import { createInvoice } from "./features/create-invoice/index.ts"
import { defineCourse } from "./features/define-course/index.ts"
import { defineProduct } from "./features/define-product/index.ts"
import { initiateSignUp } from "./features/initiate-sign-up/index.ts"
import { invoice } from "./features/invoice/index.ts"
import { orderProduct } from "./features/order-product/index.ts"
import { orderProducts } from "./features/order-products/index.ts"
import { otpMail } from "./features/otp-mail/index.ts"
import { placeOrder } from "./features/place-order/index.ts"
import { placedOrder } from "./features/placed-order/index.ts"
import { products } from "./features/products/index.ts"
import { registerAccount } from "./features/register-account/index.ts"
import { signUpStatus } from "./features/sign-up-status/index.ts"
import { studentCourses } from "./features/student-courses/index.ts"
import { subscribeStudentToCourse } from "./features/subscribe-student-to-course/index.ts"
import { usernameStatus } from "./features/username-status/index.ts"

/** The published examples of dynamic consistency boundaries (dcb.events), each some slices of one board. */
export const courseExamples = Board.make({
  name: "courses",
  title: "Examples of dynamic consistency boundaries",
  lanes: [Courses, Subscriptions, Usernames, Invoices, SignUps, Products, Orders, Placements],
  slices: [
    defineCourse,
    changeCourseCapacity,
    courses,
    subscribeStudentToCourse,
    studentCourses,
    registerAccount,
    changeUsername,
    closeAccount,
    usernameStatus,
    createInvoice,
    invoice,
    initiateSignUp,
    otpMail,
    confirmSignUp,
    signUpStatus,
    defineProduct,
    changeProductPrice,
    products,
    orderProduct,
    orderProducts,
    placeOrder,
    placedOrder
  ],
  log: { maxBytes: "1 GiB", duplicateWindow: "10 minutes" },
  audit: { maxAge: "14 days", maxBytes: "256 MiB" }
})
